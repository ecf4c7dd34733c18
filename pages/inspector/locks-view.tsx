/** Locks: who holds them and who waits for them. */
import { useAnswer, useEvents } from "./hooks.js";
import { Empty } from "./parts.js";
import { eventsOf } from "./server.js";
import { count, duration } from "./text.js";

export function LocksView() {
  const locks = useAnswer("locks", 500) ?? [];
  const waits = new Map<string, { count: number; ms: number; longest: number }>();
  for (const { what, ms } of eventsOf(useEvents(), "wait")) {
    if (!what.startsWith("mutex ")) continue;
    const known = waits.get(what) ?? { count: 0, ms: 0, longest: 0 };
    waits.set(what, {
      count: known.count + 1,
      ms: known.ms + ms,
      longest: Math.max(known.longest, ms),
    });
  }
  if (locks.length === 0) return <Empty>There are no locks yet.</Empty>;
  const sorted = locks.toSorted(
    (one, other) =>
      other.waiters.length - one.waiters.length ||
      Number(other.holder !== null) - Number(one.holder !== null),
  );
  return (
    <div class="stack scrolls">
      <table>
        <caption>Locks now</caption>
        <thead>
          <tr>
            <th scope="col">lock</th>
            <th scope="col">held by</th>
            <th scope="col">waiting</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map(({ name, holder, waiters }) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>
                {holder === null ? (
                  <span class="muted">nobody</span>
                ) : (
                  <span class="pill held">thread {holder}</span>
                )}
              </td>
              <td>
                {waiters.length === 0 ? (
                  <span class="muted">nobody</span>
                ) : (
                  waiters.map((thread) => (
                    <span key={thread} class="pill waits">
                      thread {thread}
                    </span>
                  ))
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {waits.size > 0 && (
        <table>
          <caption>Waits for named mutexes so far</caption>
          <thead>
            <tr>
              <th scope="col">mutex</th>
              <th scope="col">waits</th>
              <th scope="col">together</th>
              <th scope="col">longest</th>
            </tr>
          </thead>
          <tbody>
            {[...waits].map(([what, wait]) => (
              <tr key={what}>
                <th scope="row">
                  <code>{what.slice("mutex ".length)}</code>
                </th>
                <td>{count(wait.count)}</td>
                <td>{duration(wait.ms)}</td>
                <td>{duration(wait.longest)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
