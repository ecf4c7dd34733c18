/** The inspector's page. */
import { render } from "preact";
import { useState } from "preact/hooks";
import { ForksView } from "./forks-view.js";
import { useAnswer, useEvents } from "./hooks.js";
import { LocksView } from "./locks-view.js";
import { MemoryView } from "./memory-view.js";
import { ProfileView } from "./profile-view.js";
import { ReductionsView } from "./reductions-view.js";
import { RelationsView } from "./relations-view.js";
import { events } from "./server.js";
import { count } from "./text.js";
import { ThreadsView } from "./threads-view.js";

const TABS = ["Forks", "Threads", "Relations", "Memory", "Locks", "Reductions", "Profile"] as const;
type Tab = (typeof TABS)[number];

function tabOfAddress(): Tab {
  const wanted = decodeURIComponent(location.hash.slice(1));
  return TABS.find((tab) => tab.toLowerCase() === wanted) ?? "Forks";
}

function Page() {
  const [tab, setTab] = useState<Tab>(tabOfAddress);
  const state = useAnswer("state", 1000);
  const seen = useEvents().length;
  const choose = (next: Tab): void => {
    setTab(next);
    history.replaceState(null, "", `#${next.toLowerCase()}`);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const move = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (move === 0) return;
    event.preventDefault();
    const next = TABS[(TABS.indexOf(tab) + move + TABS.length) % TABS.length]!;
    choose(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <>
      <header>
        <h1>
          <span class="mark" aria-hidden="true" /> Oxbow inspector
        </h1>
        <div class="tabs" role="tablist" aria-label="Views" onKeyDown={onKeyDown}>
          {TABS.map((each) => (
            <button
              key={each}
              id={`tab-${each}`}
              type="button"
              role="tab"
              aria-selected={each === tab}
              aria-controls="panel"
              tabIndex={each === tab ? 0 : -1}
              onClick={() => choose(each)}
            >
              {each}
            </button>
          ))}
        </div>
        <p class="state" role="status">
          <StateText isLive={state?.isLive ?? true} />
          <span class="muted">{count(seen)} events</span>
          {state !== null && state.dropped + state.untold > 0 && (
            <span
              class="warn"
              title="The oldest events are dropped when there is no more room, and what would cost the program too much time is not told of."
            >
              {count(state.dropped)} dropped, {count(state.untold)} left out
            </span>
          )}
          <a href="api/recording" download="program.oxbow.json">
            Save
          </a>
        </p>
      </header>
      <main>
        <div id="panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
          <View tab={tab} profiles={state?.profiles ?? false} />
        </div>
      </main>
    </>
  );
}

function StateText({ isLive }: { readonly isLive: boolean }) {
  if (!isLive) return <span class="badge">recording</span>;
  return events.isConnected ? (
    <span class="badge live">live</span>
  ) : (
    <span class="badge gone">program gone</span>
  );
}

function View({ tab, profiles }: { readonly tab: Tab; readonly profiles: boolean }) {
  switch (tab) {
    case "Forks":
      return <ForksView />;
    case "Threads":
      return <ThreadsView />;
    case "Relations":
      return <RelationsView />;
    case "Memory":
      return <MemoryView />;
    case "Locks":
      return <LocksView />;
    case "Reductions":
      return <ReductionsView />;
    case "Profile":
      return <ProfileView profiles={profiles} />;
  }
}

events.start();
render(<Page />, document.getElementById("page")!);
