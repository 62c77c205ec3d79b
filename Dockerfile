# 关驿 / Guanyi. PostgreSQL and Redis are given by URL; every process of the image is alike (`serve`, `work`, `migrate` …).

FROM node:20-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY gateway gateway
COPY connectors connectors
COPY policies policies
RUN npm run build
# The compiler copies TypeScript only; this is what stands beside it and is read at run time.
RUN find gateway connectors policies -type f ! -name '*.ts' ! -name '*.md' -exec cp --parents -t dist {} +
RUN npm prune --omit=dev

FROM node:20-bookworm-slim
# Inside a container loopback is nobody's: the data plane listens on all addresses. The management plane stays on loopback unless told.
ENV NODE_ENV=production GUANYI_HOST=0.0.0.0 GUANYI_POLICY_DIR=/app/dist/policies GUANYI_CATALOG_DIR=/app/catalogs
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY catalogs catalogs
# The image's own unprivileged user. Nothing in /app belongs to it: the service has no reason to change itself.
USER node
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/gateway/cli/main.js"]
CMD ["serve"]
