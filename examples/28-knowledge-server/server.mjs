// A server that keeps its knowledge in a store: what it has acknowledged is there after kill -9.
//
//   POST /facts      facts and rules as text; answered when they are on the disk
//   POST /save?name  a snapshot that is kept under a name; answers to others go on meanwhile
//   GET  /ask?atom   what an atom evaluates to, in the present state
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { evaluate, OxbowError, parse, parseAtom, print, Store } from "oxbow";

const store = await Store.open(process.argv[2], { durability: "commit" });

async function answer(request) {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  switch (`${request.method} ${pathname}`) {
    case "POST /facts": {
      const added = [...parse(await text(request))].map(({ atom }) => atom);
      await store.commit((env) => env.addAll(added));
      return `${added.length} kept`;
    }
    case "POST /save": {
      const name = searchParams.get("name");
      await store.snapshot({ name });
      return `saved as ${name}`;
    }
    case "GET /ask": {
      const env = store.environment.snapshot();
      try {
        const asked = parseAtom(searchParams.get("atom") ?? "");
        const { results } = evaluate(env, asked, { maxTimeMs: 1000 });
        return results.map((result) => print(result)).join("\n");
      } finally {
        env.dispose();
      }
    }
    default:
      throw new RangeError(`there is no ${request.method} ${pathname}`);
  }
}

async function respond(request, response) {
  try {
    response.end(await answer(request));
  } catch (error) {
    const isMistake = error instanceof OxbowError && error.code !== "ERR_STORE_WRITE";
    response.statusCode = isMistake || error instanceof RangeError ? 400 : 500;
    response.end(error.message);
  }
}

const server = createServer((request, response) => void respond(request, response));
server.listen(0, "127.0.0.1", () => process.send?.(server.address().port));
process.once("SIGTERM", () => server.close(() => void store.close()));
