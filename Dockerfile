# One image for every process: the command says which (see docker-compose.yml).

FROM node:20-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY patches ./patches
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:20-slim
# Temporal's native client reads the system's certificates, which the slim image leaves out.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production
# Owned by root, run by another: a process cannot change its own code.
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/deploy/healthcheck.mjs ./deploy/healthcheck.mjs
# A volume that is mounted here belongs to the user, too.
RUN mkdir /blobs && chown node:node /blobs
ENV BLOB_STORE_URL=file:///blobs
VOLUME /blobs
USER node
EXPOSE 9464
# Alive, not ready: a process that waits for Kafka or Temporal must not be restarted for it.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["node", "deploy/healthcheck.mjs"]
ENTRYPOINT ["node", "--enable-source-maps"]
CMD ["dist/main.js"]
