import { escapeXml } from './escape-xml.ts';

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly series: readonly Series[];
  /** Where the x axis ends. */
  readonly untilX: number;
  readonly formatX: (x: number) => string;
  readonly formatY: (y: number) => string;
  /** Vertical lines, with a text for the pointer. */
  readonly marks: readonly { readonly x: number; readonly text: string }[];
}

const WIDTH = 960;
const HEIGHT = 240;
const LEFT = 70;
const BOTTOM = 24;
const TOP = 8;
const TICKS = 5;
const COLOURS = ['#2563eb', '#dc2626', '#16a34a', '#9333ea', '#ea580c', '#0891b2', '#be185d', '#4d7c0f'];

/** Lines over time as an SVG element. Series whose name begins alike (`llm-1`, `llm-2`) share a colour. */
export function drawChart(chart: Chart): string {
  const { title, series, untilX, marks } = chart;
  const topY = Math.max(1, ...series.flatMap(({ points }) => points.map(([, y]) => y))) * 1.05;
  const toX = (x: number) => LEFT + (x / Math.max(untilX, 1)) * (WIDTH - LEFT);
  const toY = (y: number) => HEIGHT - BOTTOM - (y / topY) * (HEIGHT - BOTTOM - TOP);
  const kinds = [...new Set(series.map(kindOf))];
  const colourOf = (one: Series) => COLOURS[kinds.indexOf(kindOf(one)) % COLOURS.length] ?? 'black';
  const ticks = Array.from({ length: TICKS }, (_, index) => index / (TICKS - 1));
  return [
    `<figure><figcaption>${escapeXml(title)}`,
    ...kinds.map((kind) => legendEntry(kind, colourOf({ name: kind, points: [] }))),
    `</figcaption><svg viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" role="img" aria-label="${escapeXml(title)}">`,
    ...ticks.map((part) => horizontal(toY(part * topY), chart.formatY(part * topY))),
    ...ticks.map((part) => label(toX(part * untilX), chart.formatX(part * untilX), part)),
    ...marks.map(
      ({ x, text }) =>
        `<line class="fault" x1="${at(toX(x))}" x2="${at(toX(x))}" y1="${String(TOP)}" y2="${String(HEIGHT - BOTTOM)}"><title>${escapeXml(text)}</title></line>`,
    ),
    ...series.map((one) => line(one, { toX, toY, colour: colourOf(one) })),
    '</svg></figure>',
  ].join('\n');
}

const kindOf = ({ name }: Series) => name.replace(/-\d+$/, '');
const at = (coordinate: number) => coordinate.toFixed(1);

function line(
  { name, points }: Series,
  { toX, toY, colour }: { toX: (x: number) => number; toY: (y: number) => number; colour: string },
): string {
  const path = points.map(([x, y]) => `${at(toX(x))},${at(toY(y))}`).join(' ');
  return `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${path}"><title>${escapeXml(name)}</title></polyline>`;
}

function horizontal(y: number, text: string): string {
  return `<line class="grid" x1="${String(LEFT)}" x2="${String(WIDTH)}" y1="${at(y)}" y2="${at(y)}"/><text x="${String(LEFT - 6)}" y="${at(y + 4)}" text-anchor="end">${escapeXml(text)}</text>`;
}

function label(x: number, text: string, part: number): string {
  const anchor = part === 0 ? 'start' : part === 1 ? 'end' : 'middle';
  return `<text x="${at(x)}" y="${String(HEIGHT - 6)}" text-anchor="${anchor}">${escapeXml(text)}</text>`;
}

const legendEntry = (kind: string, colour: string) => ` <b style="color:${colour}">${escapeXml(kind)}</b>`;
