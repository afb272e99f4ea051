/**
 * A real Prometheus that scrapes given targets every second, and the queries of the dashboard as Grafana would send
 * them to it. Loopback only; ends with the test file.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { freePort, spawnChild, stopChild } from '../support/child.ts';
import { onCleanup, temporaryFolder } from '../support/cleanup.ts';
import { toolPath } from '../support/servers.ts';
import { waitUntil } from '../support/wait.ts';

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Unix seconds and value; no value is NaN. */
  readonly points: ReadonlyArray<readonly [time: number, value: number]>;
}

/** One query of one panel. */
export interface PanelQuery {
  readonly panel: string;
  readonly expression: string;
  readonly instant: boolean;
}

/** What has become of a rule. */
export interface RuleState {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  /** `unknown` until it has been evaluated. */
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
  /** Of alerts. */
  readonly state?: 'inactive' | 'pending' | 'firing';
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly resultType: string; readonly result: readonly RawSeries[] };
}

interface RawSeries {
  readonly metric: Record<string, string>;
  readonly value?: readonly [number, string];
  readonly values?: ReadonlyArray<readonly [number, string]>;
}

export class Prometheus {
  readonly url: string;

  private constructor(url: string) {
    this.url = url;
  }

  /**
   * `targets` are host:port of something with /metrics, `rules` files of rules, which are evaluated every second.
   * Returns once all targets have been scraped.
   */
  static async start(targets: readonly string[], rules: readonly string[] = []): Promise<Prometheus> {
    const folder = temporaryFolder('prometheus');
    const configFile = path.join(folder, 'prometheus.yml');
    const job = { job_name: 'lockstep', static_configs: [{ targets }] };
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: rules,
      scrape_configs: [job],
    };
    // Every JSON text is a YAML text.
    fs.writeFileSync(configFile, JSON.stringify(config));
    const port = await freePort();
    const program = await toolPath('prometheus');
    const log = fs.openSync(path.join(folder, 'output.log'), 'a');
    const args = [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const child = spawnChild(program.command, [...program.args, ...args], {
      cwd: folder,
      env: { ...process.env, GOMAXPROCS: '1' },
      stdio: ['ignore', log, log],
    });
    fs.closeSync(log);
    onCleanup(async () => {
      await stopChild(child, 'SIGTERM');
    });
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`);
    const up: PanelQuery = { panel: '', expression: 'up', instant: true };
    const isScraped = async (): Promise<boolean> => {
      const found = await prometheus.query(up, 0);
      return found.length === targets.length && found.every((one) => one.points[0]?.[1] === 1);
    };
    await waitUntil(isScraped, 'Prometheus to scrape', 120_000).catch((error: Error) => {
      const end = fs.readFileSync(path.join(folder, 'output.log'), 'utf8').slice(-2000);
      throw new Error(`${error.message}\n${end}`);
    });
    return prometheus;
  }

  /** Series that have a value in the last `seconds`, or now for an instant query. Throws when it is no valid query. */
  async query(query: PanelQuery, seconds: number): Promise<Series[]> {
    const now = Math.floor(Date.now() / 1000);
    const range = query.instant
      ? { time: String(now) }
      : { start: String(now - seconds), end: String(now), step: '1' };
    const form = new URLSearchParams({ query: expand(query.expression), ...range });
    const answer = await this.#ask(`/api/v1/${query.instant ? 'query' : 'query_range'}`, form);
    return (answer.data?.result ?? [])
      .map((one) => ({ metric: one.metric, points: pointsOf(one) }))
      .filter((one) => one.points.length > 0);
  }

  async rules(): Promise<RuleState[]> {
    const response = await fetch(`${this.url}/api/v1/rules`);
    const { data } = (await response.json()) as { data: { groups: Array<{ rules: RuleState[] }> } };
    return data.groups.flatMap(({ rules }) => rules);
  }

  /** Values of a label of a metric, as a variable of the dashboard asks for them. */
  async labelValues(metric: string, label: string): Promise<string[]> {
    const match = new URLSearchParams({ 'match[]': metric });
    const response = await fetch(`${this.url}/api/v1/label/${label}/values?${match}`);
    const answer = (await response.json()) as { data: string[] };
    return answer.data;
  }

  async #ask(pathname: string, form: URLSearchParams): Promise<Answer> {
    const response = await fetch(`${this.url}${pathname}`, { method: 'POST', body: form });
    const answer = (await response.json()) as Answer;
    if (answer.status !== 'success') throw new Error(`${form.get('query')}: ${answer.error}`);
    return answer;
  }
}

/** Puts in what Grafana would for its variables, and takes out what would hide that a series is missing. */
function expand(expression: string): string {
  return expression
    .replaceAll('$__rate_interval', '5s')
    .replaceAll('$__range', '60s')
    .replaceAll(/\$(instance|target|node)/g, '.*')
    .replace(/ or vector\(0\)$/, '');
}

function pointsOf(series: RawSeries): Array<[number, number]> {
  const values = series.values ?? (series.value === undefined ? [] : [series.value]);
  return values
    .map(([time, value]): [number, number] => [time, Number(value)])
    .filter(([, value]) => Number.isFinite(value));
}
