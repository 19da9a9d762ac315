# kubetape as an image: compiled in one stage, run without build tools, as an ordinary user, with a read-only root.
FROM node:24-bookworm-slim AS build
WORKDIR /kubetape
COPY package.json package-lock.json tsconfig.json ./
RUN npm ci --ignore-scripts
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
WORKDIR /kubetape
COPY --from=build /kubetape/package.json ./
COPY --from=build /kubetape/node_modules node_modules
COPY --from=build /kubetape/dist dist
COPY config config
USER 1000:1000
VOLUME /data
ENV KUBETAPE_REPOSITORY_PATH=/data/cluster.git NODE_OPTIONS=--enable-source-maps
ENTRYPOINT ["node", "/kubetape/dist/main.js"]
CMD ["mirror", "--listen", ":8080"]
