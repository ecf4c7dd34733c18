/** Does what the server says, call by call, and tells it what came of each: so any browser can be tested that opens a page. */
import "./main.mjs";

for (;;) {
  const { page, name, args } = await (await fetch("/next")).json();
  if (page !== undefined) {
    location.href = page;
    break;
  }
  const made = await (async () => ({ answer: await globalThis[name](...args) }))().catch(
    (error) => ({ failure: `${error.stack ?? ""} ${error}` }),
  );
  await fetch("/done", { method: "POST", body: JSON.stringify(made) });
}
