# The service as an image: `docker build -t postmortem .`
#
# Every role is a subcommand of the one binary: `docker run … postmortem serve` (the default), `api`, `worker`, `migrate`.
# `serve`, `api` and `worker` answer on port 8080, `worker` to probes only. Probes: GET /healthz (the process lives), GET /readyz (the database answers).
# There is no HEALTHCHECK here because `migrate` ends and answers nothing; docker-compose.yml has one for `api` and `worker`.

FROM rust:1.95-slim-trixie AS build
WORKDIR /src
COPY . .
# The caches keep what cargo downloaded and compiled from one build to the next.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked -p postmortem-api --bin postmortem \
    && cp target/release/postmortem /postmortem

FROM debian:trixie-slim
# Root certificates should be the newest there are, so no version is pinned.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends --yes ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin postmortem
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/postmortem/
COPY --from=build /postmortem /usr/local/bin/postmortem
USER 10001
# The embedded database lies here, unless DATABASE_URL names another.
WORKDIR /data
VOLUME ["/data"]
ENV POSTMORTEM_LISTEN=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["postmortem"]
CMD ["serve"]
