/** The curves of one board's sensors, with gaps where readings are missing. */
import uPlot from 'uplot';

export interface Curve {
  name: string;
  /** Seconds since 1970, ascending; null is a gap. */
  points: [number[], (number | null)[]];
}

/** The scale shows at least this range, in units, so that a sensor's noise does not look like weather. */
const SPAN = 2;
/** The names of the colours in style.css. */
const COLOURS = ['--curve', '--curve-2', '--curve-3', '--curve-4', '--curve-5', '--curve-6', '--curve-7', '--curve-8'];

const time = new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const hour = new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat([], { weekday: 'short', day: 'numeric' });

export class Chart {
  private readonly place: HTMLElement;
  private plot: uPlot | null = null;
  private curves: Curve[] = [];
  private range: [number, number] = [0, 1];

  constructor(place: HTMLElement) {
    this.place = place;
    // A canvas does not follow CSS variables, so new colours need a new plot.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
    new ResizeObserver(() => this.plot?.setSize(this.size())).observe(place);
    this.draw();
  }

  /** @param range of time, in seconds since 1970 */
  show(curves: Curve[], range: [number, number]): void {
    const isSame = curves.length === this.curves.length;
    this.curves = curves;
    this.range = range;
    if (isSame && this.plot !== null) this.plot.setData(this.data());
    else this.draw();
  }

  /** The colour of a curve, for a legend. */
  static colour(index: number): string {
    return `var(${COLOURS[index % COLOURS.length]})`;
  }

  private data(): uPlot.AlignedData {
    const tables = this.curves.map(({ points }) => points as uPlot.AlignedData);
    if (tables.length === 0) return [[]];
    return tables.length === 1 ? tables[0] : uPlot.join(tables);
  }

  private size(): { width: number; height: number } {
    return { width: this.place.clientWidth, height: this.place.clientHeight };
  }

  private draw(): void {
    this.plot?.destroy();
    const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name);
    const axis = {
      stroke: colour('--quiet'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line'), width: 1 },
      font: '12px system-ui, sans-serif',
    };
    this.plot = new uPlot(
      {
        ...this.size(),
        legend: { show: false },
        cursor: { drag: { x: false, y: false } },
        // Room for half of the last label.
        padding: [8, 32, 0, 0],
        scales: { x: { range: () => this.range }, y: { range: (_plot, low, high) => range(low, high) } },
        axes: [
          { ...axis, size: 36, space: 90, values: (_plot, ticks) => ticks.map(label) },
          { ...axis, size: 56 },
        ],
        series: [
          {},
          ...this.curves.map((_curve, i) => ({
            stroke: colour(COLOURS[i % COLOURS.length]),
            width: 2,
            // Points are shown while there is room between them.
            points: { fill: colour('--card') },
          })),
        ],
      },
      this.data(),
      this.place,
    );
  }
}

/** Formats a time as precisely as the distance to the next tick allows. */
function label(seconds: number, index: number, ticks: number[]): string {
  const step = ticks.length < 2 ? 1 : ticks[1] - ticks[0];
  const date = seconds * 1000;
  if (step >= 43_200) return day.format(date);
  if (step < 60) return time.format(date);
  const isMidnight = new Date(date).getHours() === 0 && new Date(date).getMinutes() === 0;
  return index > 0 && isMidnight ? day.format(date) : hour.format(date);
}

/** Leaves some room above and below. uPlot passes nulls while there is nothing to show. */
function range(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [20, 20 + SPAN];
  const room = Math.max((high - low) * 0.1, (SPAN - (high - low)) / 2);
  return [low - room, high + room];
}
