/** What the rules have cost. */
import { useState } from "preact/hooks";
import type { ProfileRow } from "../../src/inspector/protocol.js";
import { useAnswer } from "./hooks.js";
import { Empty, Share } from "./parts.js";
import { count, duration, shortPlace } from "./text.js";

type Order = "ms" | "calls";

export function ProfileView({ profiles }: { readonly profiles: boolean }) {
  const report = useAnswer("profile", 1000);
  const [order, setOrder] = useState<Order>("ms");
  if (!profiles) {
    return (
      <Empty>
        Rules are not counted in this run. <code>oxbow run --inspect --profile</code> counts them.
      </Empty>
    );
  }
  if (report === null || report.rows.length === 0)
    return <Empty>No rule has been applied yet.</Empty>;
  const total = report.rows.reduce((sum, { ms }) => sum + ms, 0);
  const calls = report.rows.reduce((sum, row) => sum + row.calls, 0);
  const rows = report.rows.toSorted((one, other) => other[order] - one[order]);
  const heading = (of: Order, text: string) => (
    <th scope="col" aria-sort={order === of ? "descending" : "none"}>
      <button type="button" class="sort" onClick={() => setOrder(of)}>
        {text}
      </button>
    </th>
  );
  return (
    <div class="stack scrolls">
      <table class="profile">
        <caption>
          {count(calls)} applications of {count(rows.length)} rules in {duration(total)}, and{" "}
          {duration(report.otherMs)} outside of rules
        </caption>
        <thead>
          <tr>
            {heading("ms", "time")}
            {heading("calls", "applied")}
            <th scope="col">each</th>
            <th scope="col">rule</th>
            <th scope="col">place</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.rule} row={row} total={total} calls={calls} />
          ))}
        </tbody>
      </table>
      <p class="note">
        A rule's time is from when it is applied to when the next one is, found by samples every
        millisecond.
      </p>
    </div>
  );
}

function Row({
  row: { rule, place, calls, ms },
  total,
  calls: all,
}: {
  readonly row: ProfileRow;
  readonly total: number;
  readonly calls: number;
}) {
  return (
    <tr>
      <td>
        <Share share={total === 0 ? 0 : ms / total} text={duration(ms)} />
      </td>
      <td>
        <Share share={calls / Math.max(1, all)} text={count(calls)} />
      </td>
      <td>{duration(ms / calls)}</td>
      <td>
        <code class="rule">{rule}</code>
      </td>
      <td title={place ?? ""}>
        {place === null ? <span class="muted">not known</span> : shortPlace(place)}
      </td>
    </tr>
  );
}
