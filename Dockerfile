# The images of notary-server and notary-signer: see docs/image.md.
#
#   docker build -t notary-server .
#   docker build -t notary-signer --target signer .

FROM debian:bookworm-slim AS python
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*

FROM python AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv
RUN python3 -m venv /opt/notary
WORKDIR /src
COPY pyproject.toml setup.cfg README.md LICENSE ./
COPY twisted twisted
COPY notary notary
# Without its list of plugins, which only root could write later, every start searches.
# Among the tests of others is a private key.
RUN /opt/notary/bin/pip install --no-cache-dir --disable-pip-version-check . \
    && /opt/notary/bin/pip uninstall --yes setuptools pip \
    && find /opt/notary/lib -type d \( -name test -o -name tests \) -prune -exec rm -r {} + \
    && /opt/notary/bin/twistd --help >/dev/null \
    && ls /opt/notary/lib/python3*/site-packages/twisted/plugins/dropin.cache

FROM python AS common
RUN groupadd --gid 10001 notary \
    && useradd --uid 10001 --gid notary --no-create-home --home-dir /var/lib/notary \
        --shell /usr/sbin/nologin notary \
    && install -d -o notary -g notary -m 700 /certs /var/lib/notary
COPY --from=build /opt/notary /opt/notary
COPY etc/docker/entrypoint /usr/local/bin/entrypoint
ENV PATH=/opt/notary/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /var/lib/notary
USER 10001:10001

FROM common AS signer
COPY etc/docker/signer-config.json /etc/docker/notary-signer/config.json
COPY etc/docker/signer-config.json /usr/local/share/notary/notary-signer.json
# The signer's ports answer nobody without a client certificate; this one is for health.
ENV NOTARY_SIGNER_SERVER_OPS_ADDR=127.0.0.1:9444 \
    NOTARY_PROBE=localhost:9444/_notary_signer/live
EXPOSE 4444 7899
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD python3 -m notary.ops.probe "$NOTARY_PROBE"
ENTRYPOINT ["/usr/local/bin/entrypoint", "notary-signer"]
CMD []

FROM common AS server
COPY etc/docker/server-config.json /etc/docker/notary-server/config.json
COPY etc/docker/server-config.json /usr/local/share/notary/notary-server.json
ENV NOTARY_PROBE=localhost:4443/_notary_server/live
EXPOSE 4443
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD python3 -m notary.ops.probe "$NOTARY_PROBE"
ENTRYPOINT ["/usr/local/bin/entrypoint", "notary-server"]
CMD []
