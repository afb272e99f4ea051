/** The frame of the page: what is shown, whether it is live, the token where one is asked for. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { CompatibilityView } from './compatibility.tsx';
import { Configuration } from './configuration.tsx';
import { Divergences } from './divergences.tsx';
import { formatClock, formatDuration } from './format.ts';
import type { Connection, Live } from './live.ts';
import { type LiveProps, Overview } from './overview.tsx';
import { type PlaceName, parsePlace } from './place.ts';
import { Servers } from './servers.tsx';
import { summarize } from './summary.ts';
import { changeTheme, currentTheme, onThemeChange } from './theme.ts';

interface View {
  readonly name: PlaceName;
  readonly title: string;
  readonly component: ComponentType<LiveProps>;
}

const VIEWS: readonly View[] = [
  { name: 'overview', title: 'Overview', component: Overview },
  { name: 'divergences', title: 'Divergences', component: Divergences },
  { name: 'servers', title: 'Servers', component: Servers },
  { name: 'compatibility', title: 'Compatibility', component: CompatibilityView },
  { name: 'configuration', title: 'Configuration', component: Configuration },
];

const CONNECTIONS: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Connection lost, trying again',
  token: 'Token needed',
};

/** Calls for a new look whenever `subscribe` tells of a change. */
function useChanges(subscribe: (listener: () => void) => () => void): void {
  const [, setCount] = useState(0);
  useEffect(() => subscribe(() => setCount((count) => count + 1)), [subscribe]);
}

function onHashChange(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

export function App({ live }: { readonly live: Live }) {
  const [subscribe] = useState(() => live.subscribe.bind(live));
  useChanges(subscribe);
  useChanges(onHashChange);
  const place = parsePlace(location.hash).name;
  const view = VIEWS.find(({ name }) => name === place) ?? VIEWS[0]!;
  const { moment, samples } = live;
  const answer = moment === undefined ? undefined : summarize(moment, samples)[0]!;
  useEffect(() => {
    document.title = answer?.mood === 'bad' ? `✕ ${answer.answer} – Lockstep` : 'Lockstep';
  }, [answer?.mood, answer?.answer]);
  const View = view.component;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <Header live={live} current={view.name} />
      <main id="main" tabIndex={-1} aria-busy={moment === undefined}>
        {live.connection === 'token' ? <TokenForm live={live} /> : null}
        {live.connection === 'lost' && moment !== undefined ? (
          <p class="panel problem">
            Connection lost: {live.problem}. What is shown is of {formatClock(moment.sample.atMs)}.
          </p>
        ) : null}
        {moment === undefined || live.connection === 'token' ? null : (
          <View moment={moment} samples={samples} />
        )}
        {moment === undefined && live.connection !== 'token' ? (
          <p class="loading">{live.problem || 'Waiting for the gateway'}</p>
        ) : null}
      </main>
      <p class="hidden" role="status">
        {answer === undefined ? '' : `${answer.question} ${answer.mood}`}
      </p>
    </>
  );
}

function Header({ live, current }: { readonly live: Live; readonly current: PlaceName }) {
  const status = live.moment?.status;
  return (
    <header>
      <p class="brand">
        <img src="/page/icon.svg" alt="" width="22" height="22" />
        Lockstep
        {status === undefined ? null : (
          <small>
            {status.version} · {status.state} · up {formatDuration(status.uptimeSeconds)}
          </small>
        )}
      </p>
      <nav aria-label="Views">
        {VIEWS.map(({ name, title }) => (
          <a key={name} href={`#${name}`} aria-current={name === current ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <p class={`connection ${live.connection}`} role="status" title={live.problem}>
        {CONNECTIONS[live.connection]}
      </p>
      <ThemeButton />
    </header>
  );
}

function ThemeButton() {
  useChanges(onThemeChange);
  return (
    <button type="button" class="plain" onClick={changeTheme} title="Light or dark">
      Theme: {currentTheme()}
    </button>
  );
}

function TokenForm({ live }: { readonly live: Live }) {
  const [token, setToken] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    live.useToken(token);
  };
  return (
    <form class="panel token" onSubmit={submit}>
      <h1>Token</h1>
      <p class="note">
        This gateway has an <code>admin.token</code>. It is kept until this tab is closed.
      </p>
      <label>
        Token
        <input
          type="password"
          name="token"
          autocomplete="off"
          required
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Open</button>
      {live.isRefused ? (
        <p class="problem" role="alert">
          This is not the token.
        </p>
      ) : null}
    </form>
  );
}
