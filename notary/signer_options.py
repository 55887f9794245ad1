"""The options of ``twistd notary-signer``, and what its two ways of TLS start from.

They are apart from those of the server, which needs nothing of grpcio.
"""

from notary.ops.tls import ServerTLS, server_tls
from notary.options import ProgramOptions
from notary.settings import SignerSettings, load_signer
from notary.signer.rpc_tls import RPCTLS, rpc_tls


class SignerOptions(ProgramOptions):
    """The command line of the signer, with the settings and TLS that follow from it."""

    settings: SignerSettings
    tls: ServerTLS | None
    rpc_tls: RPCTLS

    def read(self) -> SignerSettings:
        """Return the settings of the signer, as the configuration says them now."""
        return load_signer(self.path, self.environ)

    def load(self) -> None:
        """Keep the settings of the signer, and what its TLS starts from."""
        self.settings = self.read()
        server = self.settings.server
        # The site refuses what is not for clients, in words that a client can read.
        self.tls = server_tls(server, any_purpose=True)
        self.rpc_tls = rpc_tls(
            server.tls_cert_file, server.tls_key_file, server.client_ca_file
        )

    def reload_tls(self) -> str:
        """Use what the files hold now, on both ports or on neither, and tell about it.

        Raise ``SettingsError`` and change nothing if it cannot be used.
        """
        identity = self.rpc_tls.read()
        if self.tls is not None:
            self.tls.use(identity)
        return self.rpc_tls.use(identity)
