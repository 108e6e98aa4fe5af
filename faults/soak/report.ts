import { groupBy } from '../checker/records.ts';
import { drawChart, type Series } from './chart.ts';
import { escapeXml } from './escape-xml.ts';
import type { ProcessSample, SoakRecord, SystemSample } from './samples.ts';

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#1f2937}
figure{margin:2em 0}figcaption{font-weight:600}figcaption b{font-weight:400}svg{width:100%}
text{font-size:11px;fill:#6b7280}.grid{stroke:#e5e7eb}.fault{stroke:#f59e0b;stroke-width:1.5;stroke-dasharray:3 3}
table{border-collapse:collapse}td,th{text-align:left;padding:.2em 1em .2em 0;border-bottom:1px solid #e5e7eb}`;

/** A soak as one HTML page without a script: its figures, and charts in which each fault is a dashed line. */
export function soakPage(
  title: string,
  figures: readonly (readonly [name: string, value: string])[],
  record: SoakRecord,
): string {
  const rows = figures.map(([name, value]) => `<tr><th>${escapeXml(name)}</th><td>${escapeXml(value)}</td></tr>`);
  return [
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeXml(title)}</title><style>${STYLE}</style>`,
    `<h1>${escapeXml(title)}</h1><table>${rows.join('')}</table>`,
    ...charts(record),
    `<h2>Faults</h2><table>${record.faults.map(({ at, what }) => `<tr><td>${minutes(at)}</td><td>${escapeXml(what)}</td></tr>`).join('')}</table></html>`,
  ].join('\n');
}

function charts({ processes, system, faults }: SoakRecord): string[] {
  const untilX = Math.max(0, ...system.map(({ at }) => at), ...processes.map(({ at }) => at));
  const marks = faults.map(({ at, what }) => ({ x: at, text: what }));
  const common = { untilX, marks, formatX: minutes };
  const whole = (y: number) => y.toFixed(0);
  return [
    drawChart({
      ...common,
      title: 'Resident memory, MB',
      series: perProcess(processes, ({ rssBytes }) => rssBytes / 1e6),
      formatY: whole,
    }),
    drawChart({ ...common, title: 'Handles', series: perProcess(processes, ({ handles }) => handles), formatY: whole }),
    drawChart({
      ...common,
      title: 'Event-loop delay, 99th percentile, ms',
      series: perProcess(processes, ({ loopDelayMs }) => loopDelayMs),
      formatY: whole,
    }),
    drawChart({
      ...common,
      title: 'Messages',
      series: [
        inSystem('without an answer', system, ({ unanswered }) => unanswered),
        inSystem('open workflows', system, ({ openWorkflows }) => openWorkflows),
      ],
      formatY: whole,
    }),
  ];
}

function perProcess(samples: readonly ProcessSample[], valueOf: (sample: ProcessSample) => number): Series[] {
  return [...groupBy(samples, ({ process }) => process)].map(([name, life]) => ({
    name,
    points: life.map((sample) => [sample.at, valueOf(sample)] as const),
  }));
}

function inSystem(name: string, samples: readonly SystemSample[], valueOf: (sample: SystemSample) => number): Series {
  return { name, points: samples.map((sample) => [sample.at, valueOf(sample)] as const) };
}

const minutes = (ms: number): string => `${(ms / 60_000).toFixed(1)} min`;
