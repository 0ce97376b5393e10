# The service as an image: `docker build -t postmortem .`
#
# Every role is a subcommand of the one binary: `docker run … postmortem serve` (the default), `api`, `worker`, `migrate`.
# `serve`, `api` and `worker` answer on port 8080, `worker` to probes and Prometheus only. Probes: GET /healthz (the process lives), GET /readyz (the
# database answers); `postmortem health` asks the first of them from inside.
#
# There is nothing in the image but the binary, the libraries of C that it needs, and the certificates it trusts: no shell, no
# package manager, no other program. It runs as nobody in particular, and writes nowhere but in /data:
#
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges --volume postmortem:/data … postmortem

FROM rust:1.95-slim-trixie AS build
WORKDIR /src
COPY . .
# The caches keep what cargo downloaded and compiled from one build to the next. What is stripped is for debuggers: the names of
# functions and lines, four fifths of the file.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked -p postmortem-api --bin postmortem \
    && deploy/image/assemble target/release/postmortem /image

FROM scratch
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/postmortem/
COPY --from=build /image /
USER 10001:10001
COPY --from=build --chown=10001:10001 /image/data /data
# The embedded database lies here, unless DATABASE_URL names another.
WORKDIR /data
VOLUME ["/data"]
ENV POSTMORTEM_LISTEN=0.0.0.0:8080
EXPOSE 8080
# For the roles that answer. `migrate` ends before it is asked.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/usr/local/bin/postmortem", "health"]
ENTRYPOINT ["/usr/local/bin/postmortem"]
CMD ["serve"]
