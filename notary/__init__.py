"""A maintained, drop-in replacement for Docker's Notary v1 server and signer.

``tuf``      the pure core: every rule about metadata, without any I/O
``server``   the workflows: publish, serve, keys; they use the two seams below
``storage``  the storage seam, and its memory, SQLite and MySQL implementations
``signing``  the signing seam, and its implementations: here, by gRPC, by HTTPS
``web``      the HTTP edge of the server: routes, uploads, error answers, limits
``auth``     bearer tokens: every check of one, and the keys that sign them
``signer``   the edges of the signer: gRPC, and its HTTPS API
``ops``      logs, metrics, TLS, signals, certificates, the development set-up
``debug``    the debug server: profiles for pprof, counters, what waits
``settings`` JSON file and environment, read once into frozen values
``options``  the command line for twistd, ``signer_options`` that of the signer;
             ``command`` and ``flags`` have Go's flags
``tasks``    what a command can do instead of running: bootstrap, check, explain
``backends`` opens the storage that the settings name
``tap``      where the server is wired together; ``signer_tap`` is that of the signer
``workers_tap`` that of the process that starts several servers on one port
``program``  what both have around what they serve: log, signals, supervision, reports
``pem``      certificates and keys in files; ``bounded_file`` and ``bounded_body`` read
             no more than there should be; ``http_failures`` says why nothing came;
             ``measured`` is what of a request is counted;
             ``quoting`` shows what strangers sent; ``request_id`` is an id for all logs
"""

__version__ = "0.1.0"
