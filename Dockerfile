# docker build -t muster . && docker run -e MUSTER_HTTP_TOKEN=… -p 53:53/udp -p 53:53 -p 5380:5380 -v muster:/data muster
FROM node:20-slim AS build
# A compiler for better-sqlite3 where there is no prebuilt binary for the platform.
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 make g++ \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:20-slim
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN mkdir /data /zones && chown node:node /data
# Port 53 without root: Docker (20.10 and newer) lets every user of a container bind low ports. Where the runtime does not,
# set the sysctl net.ipv4.ip_unprivileged_port_start=0, or listen on another port and map 53 to it. We give node no file
# capability, as it could then not be started at all with --cap-drop ALL.
USER node
ENV NODE_ENV=production \
    MUSTER_DNS_LISTEN=0.0.0.0:53 \
    MUSTER_HTTP_LISTEN=0.0.0.0:5380 \
    MUSTER_DATA_DIR=/data \
    MUSTER_ZONES_DIR=/zones
VOLUME /data
EXPOSE 53/udp 53/tcp 5380/tcp
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", \
  "fetch(`http://127.0.0.1:${process.env.MUSTER_HTTP_LISTEN.split(':').pop()}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
