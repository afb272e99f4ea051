/** Lays panels out and makes the JSON that Grafana 10 and later import. Knows no metric but that of its variable. */
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { labelVariable, sourceVariable } from './panels.ts';
import { Selectors } from './queries.ts';

/** The format of Grafana 10.0; later ones read it and bring it up to date by themselves. */
const SCHEMA_VERSION = 38;
const COLUMNS = 24;

/** Series of the gateways that were chosen in the dashboard. */
export const chosen = new Selectors({ instance: /$instance/ });

/** What `rate` covers: at least four scrapes, as Grafana knows them. */
export const WINDOW = '$__rate_interval';

export interface Dashboard {
  /** Of the file, and last in the title. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly variables?: ReadonlyArray<{ build(): VariableModel }>;
  readonly rows: readonly Row[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Panels from left to right, as many rows of them as it takes. */
function place(rows: readonly Row[], builder: DashboardBuilder): void {
  let id = 1;
  let top = 0;
  for (const { title, panels } of rows) {
    const heading = new RowBuilder(title).id(id).gridPos({ x: 0, y: top, w: COLUMNS, h: 1 });
    builder.withRow(heading);
    id += 1;
    top += 1;
    let [left, tallest] = [0, 0];
    for (const panel of panels) {
      const { w = 0, h = 0 } = panel.gridPos ?? {};
      if (left + w > COLUMNS) {
        top += tallest;
        [left, tallest] = [0, 0];
      }
      const placed = { ...panel, id, gridPos: { x: left, y: top, w, h } };
      builder.withPanel({ build: () => placed });
      id += 1;
      left += w;
      tallest = Math.max(tallest, h);
    }
    top += tallest;
  }
}

export function renderDashboard({ title, description, variables = [], rows }: Dashboard): string {
  const every = new Selectors();
  const gateway = labelVariable('instance', 'Gateway', every.gauge('lockstep_client_connections'));
  const others = new DashboardLinkBuilder('Lockstep')
    .type(DashboardLinkType.Dashboards)
    .tags(['lockstep'])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true);
  const builder = new DashboardBuilder(title)
    .description(description)
    .tags(['lockstep', 'redis', 'valkey'])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('10s')
    .time({ from: 'now-30m', to: 'now' })
    .timezone('browser')
    .link(others)
    .variables([sourceVariable(), gateway, ...variables]);
  place(rows, builder);
  // Without an id and a uid: Grafana gives it those when it is imported.
  const { id: _id, uid: _uid, ...model } = builder.build();
  return `${JSON.stringify({ ...model, schemaVersion: SCHEMA_VERSION }, null, 2)}\n`;
}
