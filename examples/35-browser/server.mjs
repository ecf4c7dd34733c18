// Serves the page with the headers that let it share memory: node server.mjs, from a folder with oxbow in its node_modules.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, resolve } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript" };
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

async function answer(path, response) {
  try {
    const content = await readFile(resolve(`.${path}`));
    response.writeHead(200, { ...headers, "Content-Type": TYPES[extname(path)] ?? "text/plain" });
    response.end(content);
  } catch {
    response.writeHead(404, headers).end();
  }
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  void answer(pathname.endsWith("/") ? `${pathname}index.html` : pathname, response);
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
  console.log(`http://localhost:${server.address().port}/`);
});
