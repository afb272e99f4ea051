/**
 * Panels and variables as Grafana's own library of types builds them, in this project's manner. Knows no metric.
 */
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DatasourceVariableBuilder,
  MappingType,
  type Panel,
  QueryVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Expression } from './queries.ts';

/** The one the person has chosen: no dashboard names a source of its own. */
const SOURCE = { type: 'prometheus', uid: '$datasource' };

export type Unit = 'short' | 'ops' | 's' | 'bytes' | 'Bps' | 'percentunit' | 'd';

interface Described {
  readonly title: string;
  /** What the panel says and when to worry. */
  readonly description: string;
  readonly unit?: Unit;
  /** Columns of 24. */
  readonly width?: number;
}

export interface Stat extends Described {
  readonly query: Expression;
  readonly decimals?: number;
  /** Blue where there are none. From 0 green, from the numbers on orange and red. */
  readonly limits?: readonly [orange: number, red: number];
  /** The other way round: red below the first number, orange below the second. */
  readonly least?: readonly [red: number, orange: number];
  /** Texts for values in place of numbers. */
  readonly texts?: Readonly<Record<number, string>>;
}

export interface Lines extends Described {
  readonly queries: ReadonlyArray<readonly [query: Expression, legend: string]>;
  readonly stacked?: boolean;
  readonly max?: number;
  /** Colours of lines by their legend. */
  readonly colors?: Readonly<Record<string, string>>;
  /** Steps in place of slopes, for what is only ever 0 or 1. */
  readonly steps?: boolean;
}

export interface Table extends Described {
  readonly query: Expression;
  /** Headings of columns by label; others are hidden. */
  readonly columns: Readonly<Record<string, string>>;
  readonly value: string;
}

function query(vector: Expression, refId: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(SOURCE).refId(refId).expr(vector.text);
}

export function stat(options: Stat): Panel {
  const { limits, least } = options;
  const steps = (colors: readonly string[], values: readonly number[]) =>
    colors.map((color, at) => ({ value: at === 0 ? null : values[at - 1]!, color }));
  const shown =
    limits !== undefined
      ? steps(['green', 'orange', 'red'], limits)
      : least !== undefined
        ? steps(['red', 'orange', 'green'], least)
        : steps(['blue'], []);
  const builder = new StatBuilder()
    .title(options.title)
    .description(options.description)
    .datasource(SOURCE)
    .withTarget(query(options.query, 'A').instant())
    .unit(options.unit ?? 'short')
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(shown))
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .height(4)
    .span(options.width ?? 4);
  if (options.decimals !== undefined) builder.decimals(options.decimals);
  const texts = Object.entries(options.texts ?? {}).map(([value, text]) => ({
    type: MappingType.RangeToText as const,
    options: { from: Number(value), to: Number(value), result: { text } },
  }));
  if (texts.length > 0) builder.mappings(texts);
  return builder.build();
}

export function lines(options: Lines): Panel {
  const builder = new LinesBuilder()
    .title(options.title)
    .description(options.description)
    .datasource(SOURCE)
    .targets(
      options.queries.map(([vector, legend], at) =>
        query(vector, String.fromCharCode(65 + at))
          .range()
          .legendFormat(legend),
      ),
    )
    .unit(options.unit ?? 'short')
    .min(0)
    .drawStyle(GraphDrawStyle.Line)
    .lineInterpolation(options.steps ? LineInterpolation.StepAfter : LineInterpolation.Linear)
    .fillOpacity(options.stacked ? 40 : 10)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .height(8)
    .span(options.width ?? 8);
  if (options.max !== undefined) builder.max(options.max);
  if (options.stacked) builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  for (const [name, fixedColor] of Object.entries(options.colors ?? {}))
    builder.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor } }]);
  return builder.build();
}

export function table(options: Table): Panel {
  const names = { ...options.columns, Value: options.value };
  return new TableBuilder()
    .title(options.title)
    .description(options.description)
    .datasource(SOURCE)
    .withTarget(query(options.query, 'A').instant().format(PromQueryFormat.Table))
    .unit(options.unit ?? 'short')
    .withTransformation({
      id: 'organize',
      options: { excludeByName: { Time: true }, indexByName: {}, renameByName: names },
    })
    .height(8)
    .span(options.width ?? 8)
    .build();
}

export function sourceVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus');
}

/** Any of the values that a label has, all of them at first. `selector`: of series that have the label. */
export function labelVariable(label: string, title: string, selector: Expression): QueryVariableBuilder {
  const definition = `label_values(${selector.text}, ${label})`;
  return new QueryVariableBuilder(label)
    .label(title)
    .datasource(SOURCE)
    .query({ query: definition, refId: label })
    .definition(definition)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}
