# Lockstep in a container: docker build -t lockstep . && docker run -p 6379:6379 lockstep start --primary redis://host:6379
# Settings come from the command line, from LOCKSTEP_* variables, or from a file mounted anywhere (--config).
# What is inside comes from Debian and the npm registry alone: docs/image.md. Every platform builds its own native transport.
ARG BASE=debian:trixie-slim

# The root folder of the image: Node.js, the libraries it is linked with, authorities. No shell and no package manager.
FROM $BASE AS system
COPY image/system.sh /
RUN sh /system.sh /image

# Compiles the native transport and the TypeScript; nothing of this stage but the results is in the image.
FROM $BASE AS build
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates gcc libc6-dev nodejs npm \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY package.json package-lock.json rolldown.config.mjs tsconfig.json ./
COPY native native
COPY config config
COPY src src
RUN npm ci
# Fails the build rather than make an image that silently runs on the slower transport.
RUN test -f native/build/transport.node
# The packages that run stay. None of them has an install script to run.
RUN npm prune --omit=dev --ignore-scripts
# Of what is there: told to omit packages for development, npm leaves out those that run but are used there as well. Debian's
# npm does not know this command yet.
RUN npm pkg delete devDependencies \
  && npm exec --yes npm@10.9.4 -- sbom --sbom-format=cyclonedx > npm.cdx.json
COPY image/sbom.mjs image/trim.mjs ./
COPY --from=system /image/var/lib/dpkg/status.d debian
COPY --from=system /image/usr/lib/os-release os-release
RUN node sbom.mjs npm.cdx.json debian os-release > lockstep.cdx.json && node trim.mjs node_modules

FROM scratch
LABEL org.opencontainers.image.title="Lockstep" \
  org.opencontainers.image.description="RESP gateway that mirrors to a shadow server and compares every reply" \
  org.opencontainers.image.licenses="BSD-3-Clause"
# Who can reach a container is for its network to decide, as with the images of the servers: no protected mode.
ENV NODE_ENV=production \
  PATH=/usr/bin \
  LOCKSTEP_LISTEN=0.0.0.0:6379 \
  LOCKSTEP_LIMITS_PROTECTEDMODE=false
COPY --from=system /image /
WORKDIR /opt/lockstep
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/native/build native/build
COPY --from=build /build/dist dist
COPY --from=build /build/lockstep.cdx.json /usr/share/sbom/lockstep.cdx.json
COPY package.json LICENSE ./
COPY config config
# 1000 is the user `lockstep` of the image. The number lets Kubernetes check that it is not root.
USER 1000:1000
EXPOSE 6379 8379
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "const port=(process.env.LOCKSTEP_ADMIN_LISTEN||':8379').split(':').pop();fetch('http://127.0.0.1:'+port+'/healthz').then((reply)=>process.exit(reply.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "/opt/lockstep/dist/main.js"]
CMD ["start"]
