import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { SharedEnvironment } from "../../dist/src/environment/shared.js";
import { Evaluator } from "../../dist/src/eval/evaluator/evaluator.js";
import { Preparations } from "../../dist/src/eval/rules/prepared.js";
import { Inspector, serveRecording } from "../../dist/src/inspector/inspector.js";
import type * as protocol from "../../dist/src/inspector/protocol.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { parallelLibrary } from "../../dist/src/parallel/library.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import { atom, atoms } from "../../dist/src/term/template.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oxbow-inspector-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ask<Answer>(address: string, path: string): Promise<Answer> {
  const response = await fetch(`${address}api/${path}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

/** What an inspector has recorded so far. */
async function recorded(inspector: Inspector): Promise<protocol.Recording> {
  const file = join(folder, "recording.json");
  await inspector.record(file);
  return JSON.parse(readFileSync(file, "utf8")) as protocol.Recording;
}

function status(address: string, headers: Record<string, string>, method = "GET"): Promise<number> {
  return new Promise((resolve, reject) => {
    request(address, { headers, method }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on("error", reject)
      .end();
  });
}

describe("an inspector's server", () => {
  it("answers nobody without the token, from another page, or under another name (HS1 … HS4)", async () => {
    await using inspector = await Inspector.start();
    const address = inspector.address!;
    const { port, origin } = new URL(address);
    const host = `127.0.0.1:${port}`;
    expect(new URL(address).hostname).toBe("127.0.0.1");
    const state = `${address}api/state`;
    expect(await status(state, {})).toBe(200);
    expect(await status(state, { Origin: origin, Host: `localhost:${port}` })).toBe(200);
    expect(await status(`${origin}/api/state`, {})).toBe(404);
    expect(await status(`${origin}/`, {})).toBe(404);
    expect(await status(`${origin}/${"0".repeat(32)}/api/state`, {})).toBe(404);
    expect(await status(state, { Origin: "https://example.org" })).toBe(403);
    expect(await status(state, { Origin: "null" })).toBe(403);
    expect(await status(state, { Host: `example.org:${port}` })).toBe(403);
    expect(await status(state, { Host: host, "Sec-Fetch-Site": "cross-site" })).toBe(403);
    expect(await status(state, {}, "POST")).toBe(405);
    expect(await status(`${address}../package.json`, {})).toBe(404);
    expect(await status(`${address}api/nothing`, {})).toBe(404);
  });

  it("says so if the port is taken", async () => {
    await using inspector = await Inspector.start();
    const port = Number(new URL(inspector.address!).port);
    await expect(Inspector.start({ port })).rejects.toMatchObject({ code: "ERR_FILE" });
  });
});

describe("an inspector", () => {
  it("shows relations page by page, and finds facts", async () => {
    await using inspector = await Inspector.start();
    const heap = Heap.create({ maxBytes: 2 ** 28 });
    using env = Environment.create(heap);
    for (let n = 0; n < 3000; n++) env.add(atom`(edge ${n} ${n + 1})`);
    for (let n = 0; n < 3000; n += 3) env.remove(atom`(edge ${n} ${n + 1})`);
    env.add(atom`(= (f $x) $x)`);
    inspector.show(env, "mine");
    const address = inspector.address!;
    const [shown] = await ask<protocol.ShownEnvironment[]>(address, "environments");
    expect(shown).toMatchObject({ label: "mine", atoms: 2001 });
    const relations = await ask<protocol.RelationRow[]>(
      address,
      `relations?environment=${shown!.id}`,
    );
    expect(relations.map(({ name, atoms: count }) => [name, count])).toEqual([
      ["edge/3", 2000],
      ["rule f", 1],
    ]);
    const edge = `environment=${shown!.id}&relation=${relations[0]!.id}`;
    const page = await ask<protocol.FactPage>(address, `facts?${edge}&from=1500&count=2`);
    expect(page).toEqual({
      total: 2000,
      from: 1500,
      facts: ["(edge 2251 2252)", "(edge 2252 2253)"],
    });
    const found = await ask<protocol.FactSearch>(address, `search?${edge}&wanted=2999`);
    expect(found.facts).toEqual([
      { place: 1998, text: "(edge 2998 2999)" },
      { place: 1999, text: "(edge 2999 3000)" },
    ]);
  });

  it("records calls of a pool, their branches on whatever thread, and what each wrote", async () => {
    await using inspector = await Inspector.start({ serves: false });
    const heap = Heap.create({ maxBytes: 2 ** 28 });
    using env = Environment.create(heap);
    env.add(
      atom`(= (both $x) (superpose ((add-atom &self (seen $x)) (add-atom &self (also $x)))))`,
    );
    await using pool = await EvaluatorPool.create(heap, { threads: 2, inspector });
    const answer = await pool.evaluateAll(env, atoms`(both 1) (+ 1 2) (both 3)`);
    expect(answer.environment.count).toBe(5);
    answer.environment.dispose();
    const { events, environments } = await recorded(inspector);
    const fork = events.find((event) => event.kind === "fork")!;
    expect(fork).toMatchObject({ how: "call", count: 3, text: "(both 1)" });
    const branches = events.filter((event) => event.kind === "branch");
    expect(
      branches
        .toSorted((one, other) => one.index - other.index)
        .map(({ index, text, status: how, wrote }) => [index, text, how, wrote?.added ?? 0]),
    ).toEqual([
      [0, "(both 1)", "done", 2],
      [1, "(+ 1 2)", "done", 0],
      [2, "(both 3)", "done", 2],
    ]);
    expect(new Set(branches.map(({ fork: of }) => of))).toEqual(new Set([fork.seed]));
    expect(branches.every(({ thread }) => thread > 1)).toBe(true);
    expect(events.filter(({ kind }) => kind === "task").length).toBeGreaterThan(0);
    expect(environments.map(({ atoms: count }) => count)).toEqual([1]);
  });

  it("follows what is shared, and shows who holds its lock and who waits for it", async () => {
    await using inspector = await Inspector.start();
    const heap = Heap.create({ maxBytes: 2 ** 28 });
    using env = Environment.create(heap);
    using shared = SharedEnvironment.create(heap, env);
    const end = inspector.watchShared("knowledge", heap, shared);
    const address = inspector.address!;
    const untilShown = async (count: number): Promise<void> =>
      await expect
        .poll(async () => await ask(address, "environments"), { timeout: 20_000 })
        .toMatchObject([{ label: "knowledge", atoms: count }]);
    await untilShown(0);
    shared.update((inside) => inside.add(atom`(edge a b)`));
    await untilShown(1);
    let release = (): void => undefined;
    const held = shared.updateAsync(() => new Promise<void>((resolve) => (release = resolve)));
    const waiting = shared.updateAsync((inside) => inside.add(atom`(edge b c)`));
    const lock = async (): Promise<protocol.LockState | undefined> =>
      (await ask<protocol.LockState[]>(address, "locks")).find(({ name }) =>
        name.startsWith("shared environment"),
      );
    await expect
      .poll(lock, { timeout: 20_000 })
      .toMatchObject({ holder: heap.thread, waiters: [heap.thread] });
    release();
    await Promise.all([held, waiting]);
    await expect.poll(lock, { timeout: 20_000 }).toMatchObject({ holder: null, waiters: [] });
    await untilShown(2);
    const { events } = await recorded(inspector);
    expect(
      events.filter((event) => event.kind === "version").map(({ wrote }) => wrote.added),
    ).toEqual([1, 1]);
    end();
  });

  it("counts the rules that are applied, in code and by the machine", async () => {
    await using inspector = await Inspector.start({ serves: false, profile: true });
    const heap = Heap.create({ maxBytes: 2 ** 28 });
    using env = Environment.create(heap);
    env.addAll(atoms`
      (= (fib $n) (if (< $n 2) $n (+ (fib (- $n 1)) (fib (- $n 2)))))
      (= (either) left) (= (either) right)
    `);
    inspector.watchOn(heap);
    inspector.addSource(
      "fib.metta",
      "; rules\n(= (fib $m) (if (< $m 2) $m (+ (fib (- $m 1)) (fib (- $m 2)))))",
    );
    const preparations = new Preparations(undefined, inspector.profile);
    const evaluator = new Evaluator(parallelLibrary({}), {}, preparations);
    expect(evaluator.evaluate(env, atom`(fib 15)`)).toMatchObject({ steps: 1973 });
    evaluator.evaluate(env, atom`(either)`);
    const { rows } = await inspector.profileReport();
    expect(rows.find(({ rule }) => rule.includes("(fib $n)"))).toMatchObject({
      calls: 1973,
      place: "fib.metta:2:1",
    });
    expect(rows.filter(({ rule }) => rule.includes("(either)")).map(({ calls }) => calls)).toEqual([
      1, 1,
    ]);
  });

  it("refuses a profile that was not asked for, and everything once it is closed", async () => {
    const inspector = await Inspector.start({ serves: false });
    await expect(inspector.profileReport()).rejects.toMatchObject({ code: "ERR_INVALID_ARGUMENT" });
    await inspector.close();
    await expect(inspector.record(join(folder, "late.json"))).rejects.toMatchObject({
      code: "ERR_RELEASED",
    });
    await inspector.close();
  });

  it("leaves nothing of the heap behind", async () => {
    const heap = Heap.create({ maxBytes: 2 ** 28 });
    const env = Environment.create(heap);
    env.add(atom`(edge a b)`);
    {
      await using inspector = await Inspector.start();
      inspector.show(env);
      expect(await ask<unknown[]>(inspector.address!, "environments")).toHaveLength(1);
    }
    expect(heap.stats().threads).toBe(1);
    env.dispose();
    expect(heap.stats().kinds.get("environment")).toBeUndefined();
  });
});

describe("a recording", () => {
  it("is shown as it was", async () => {
    const file = join(folder, "shown.json");
    {
      await using inspector = await Inspector.start({ serves: false });
      const heap = Heap.create({ maxBytes: 2 ** 28 });
      using env = Environment.create(heap);
      env.add(atom`(edge a b)`);
      inspector.show(env, "mine");
      await inspector.record(file);
    }
    const { address, close } = await serveRecording(file, 0);
    expect(await ask(address, "state")).toMatchObject({ isLive: false });
    const [shown] = await ask<protocol.ShownEnvironment[]>(address, "environments");
    const [edge] = await ask<protocol.RelationRow[]>(address, `relations?environment=${shown!.id}`);
    expect(
      await ask(address, `facts?environment=${shown!.id}&relation=${edge!.id}&count=9`),
    ).toMatchObject({
      total: 1,
      facts: ["(edge a b)"],
    });
    const heaps = await ask<protocol.HeapReport[]>(address, "heaps");
    expect(heaps[0]!.chunks.some(({ kinds }) => "environment" in kinds)).toBe(true);
    await close();
  });

  it("of another version, or of something else, is refused", async () => {
    await expect(serveRecording(new URL(import.meta.url).pathname, 0)).rejects.toMatchObject({
      code: "ERR_FILE",
      message: expect.stringContaining("it is no recording"),
    });
  });
});
