"""A maintained, drop-in replacement for Docker's Notary v1 service.

``tuf``      the pure core: every rule about metadata, without any I/O
``server``   the workflows: publish, serve, keys; they use the two seams below
``storage``  the storage seam, and its memory, SQLite and MySQL implementations
``signing``  the signing seam, and its local implementation
``web``      the HTTP edge: routes, uploads, error answers, limits
``ops``      logs, metrics, TLS and the development set-up
``settings`` JSON file and environment, read once into frozen values
``options``  the command line of ``twistd notary-server``; ``command`` has Go's flags
``backends`` opens the storage that the settings name
``tap``      the only place where all of this is wired together
"""

__version__ = "0.1.0"
