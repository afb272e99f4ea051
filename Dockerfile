# syntax=docker/dockerfile:1
# Lockstep in a container: docker build -t lockstep . && docker run -p 6379:6379 lockstep start --primary redis://host:6379
# Settings come from the command line, from LOCKSTEP_* variables, or from a file mounted anywhere (--config).

# Compiles the native transport and the TypeScript; nothing of this stage but the results is in the image.
FROM node:20-bookworm-slim AS build
RUN apt-get update \
  && apt-get install --yes --no-install-recommends gcc libc6-dev \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY package.json package-lock.json rolldown.config.mjs tsconfig.json ./
COPY native native
COPY config config
COPY src src
RUN npm ci
# Fails the build rather than make an image that silently runs on the slower transport.
RUN test -f native/build/transport.node

# The packages that run. None of them has an install script to run.
FROM node:20-bookworm-slim AS packages
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
LABEL org.opencontainers.image.title="Lockstep" \
  org.opencontainers.image.description="RESP gateway that mirrors to a shadow server and compares every reply" \
  org.opencontainers.image.licenses="BSD-3-Clause"
# Who can reach a container is for its network to decide, as with the images of the servers: no protected mode.
ENV NODE_ENV=production \
  LOCKSTEP_LISTEN=0.0.0.0:6379 \
  LOCKSTEP_LIMITS_PROTECTEDMODE=false
WORKDIR /opt/lockstep
COPY --from=packages /build/node_modules node_modules
COPY --from=build /build/native/build native/build
COPY --from=build /build/dist dist
COPY package.json LICENSE ./
COPY config config
# 1000 is the image's `node` user. The number lets Kubernetes check that it is not root.
USER 1000:1000
EXPOSE 6379 8379
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "const port=(process.env.LOCKSTEP_ADMIN_LISTEN||':8379').split(':').pop();fetch('http://127.0.0.1:'+port+'/healthz').then((reply)=>process.exit(reply.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "/opt/lockstep/dist/main.js"]
CMD ["start"]
