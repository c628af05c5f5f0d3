/** The temperature curve. */
import uPlot from 'uplot';

/** °C that the scale shows at least, so that the sensor's noise does not look like weather. */
const SPAN = 2;

const clock = new Intl.DateTimeFormat([], { timeStyle: 'medium', hourCycle: 'h23' });

export class Chart {
  private readonly place: HTMLElement;
  private plot: uPlot | null = null;
  private data: [number[], number[]] = [[], []];

  constructor(place: HTMLElement) {
    this.place = place;
    // Canvas knows no CSS variables: new colours mean a new plot.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
    new ResizeObserver(() => this.plot?.setSize(this.size())).observe(place);
    this.draw();
  }

  /** @param times seconds since 1970, ascending */
  show(times: number[], celsius: number[]): void {
    this.data = [times, celsius];
    this.plot?.setData(this.data);
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
        // Room for half of the last time.
        padding: [8, 32, 0, 0],
        scales: { y: { range: (_plot, low, high) => range(low, high) } },
        axes: [
          {
            ...axis,
            size: 36,
            space: 90,
            values: (_plot, ticks) => ticks.map((seconds) => clock.format(seconds * 1000)),
          },
          { ...axis, size: 56 },
        ],
        series: [
          {},
          // Points show as long as there is room between them.
          { stroke: colour('--curve'), width: 2, points: { fill: colour('--card') } },
        ],
      },
      this.data,
      this.place,
    );
  }
}

/** Some room above and below. uPlot asks with nulls while there is nothing to show. */
function range(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [20, 20 + SPAN];
  const room = Math.max((high - low) * 0.1, (SPAN - (high - low)) / 2);
  return [low - room, high + room];
}
