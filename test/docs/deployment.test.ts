/** The examples of how to deploy a cluster are what their tools read. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";

type Document = Record<string, unknown>;

/** The documents of a file, each without a mistake in its syntax. */
function documentsOf(name: string): Document[] {
  const text = readFileSync(new URL(`../../docs/deploy/${name}`, import.meta.url), "utf8");
  return parseAllDocuments(text, { strict: true, uniqueKeys: true }).map((document) => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    return document.toJS() as Document;
  });
}

/** The options that a command of a worker is given are those that there are. */
function expectWorkerOptions(words: readonly string[]): void {
  const source = readFileSync(new URL("../../src/cli/program.ts", import.meta.url), "utf8");
  const given = words.filter((word) => word.startsWith("--"));
  expect(given).toContain("--redis");
  for (const option of given) expect(source).toContain(`"${option} <`);
}

describe("an example of a deployment", () => {
  it("for Docker has Redis and three workers", () => {
    const [compose] = documentsOf("compose.yaml");
    const services = compose!["services"] as Record<string, Document>;
    expect(Object.keys(services)).toEqual(["redis", "worker"]);
    const { worker } = services as { worker: { command: string[]; deploy: { replicas: number } } };
    expect(worker.deploy.replicas).toBe(3);
    expect(worker.command.slice(0, 3)).toEqual(["npx", "oxbow", "worker"]);
    expectWorkerOptions(worker.command);
    const declared = Object.keys(compose!["volumes"] as Document);
    expect(declared).toEqual(["redis", "blocks"]);
  });

  it("for Kubernetes has workers, and scales them by the length of the queue", () => {
    const [deployment, scaled] = documentsOf("kubernetes.yaml") as [
      {
        kind: string;
        metadata: { name: string };
        spec: { template: { spec: { containers: { args: string[] }[] } } };
      },
      {
        kind: string;
        spec: { scaleTargetRef: { name: string }; triggers: { metadata: { listName: string } }[] };
      },
    ];
    expect([deployment.kind, scaled.kind]).toEqual(["Deployment", "ScaledObject"]);
    expect(scaled.spec.scaleTargetRef.name).toBe(deployment.metadata.name);
    expectWorkerOptions(deployment.spec.template.spec.containers[0]!.args);
    expect(scaled.spec.triggers[0]!.metadata.listName).toMatch(/^oxbow:oxbow-[0-9a-f]{12}:wait$/);
  });
});
