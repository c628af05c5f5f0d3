/**
 * The live page: readings, connection and log of a running command in a browser on the same machine. Everything it
 * shows is served from here, so it works without internet.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemProblem, UserError } from '../lib/cli.ts';
import { bundlePage, type Asset } from './assets.ts';
import type { PageButton, PageConnection, PageLine, PageNews, PageReading } from './events.ts';

/** What a new browser gets at most. */
const READINGS = 5_000;
const LINES = 200;
/** The page loads and runs what comes from here, and nothing else. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'";

export interface PageAction {
  name: string;
  /** What the button says; asked for again after each press. */
  label: () => string;
  active: () => boolean;
  press: () => void;
}

export class LivePage {
  private readonly server: Server;
  private readonly assets: Map<string, Asset>;
  private readonly actions: readonly PageAction[];
  private readonly browsers = new Set<ServerResponse>();
  private readings: PageReading[] = [];
  private lines: PageLine[] = [];
  private connection: PageConnection | null = null;

  /**
   * Serves the page on 127.0.0.1.
   * @param port 0: any free one
   * @throws UserError if the port cannot be had
   */
  static async start(port: number, actions: readonly PageAction[] = []): Promise<LivePage> {
    const page = new LivePage(await bundlePage(), actions);
    page.server.listen(port, '127.0.0.1');
    try {
      await once(page.server, 'listening');
    } catch (error) {
      throw new UserError(`cannot serve the page on port ${port}: ${systemProblem(error)}; --page chooses another`);
    }
    return page;
  }

  private constructor(assets: Map<string, Asset>, actions: readonly PageAction[]) {
    this.assets = assets;
    this.actions = actions;
    this.server = createServer((request, response) => this.answer(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  addReading(reading: PageReading): void {
    this.readings = [...this.readings.slice(1 - READINGS), reading];
    this.tell({ readings: [reading] });
  }

  addLine(line: PageLine): void {
    this.lines = [...this.lines.slice(1 - LINES), line];
    this.tell({ lines: [line] });
  }

  setConnection(connection: PageConnection): void {
    this.connection = connection;
    this.tell({ connection });
  }

  async close(): Promise<void> {
    const closed = new Promise((done) => this.server.close(done));
    this.server.closeAllConnections();
    await closed;
  }

  private tell(news: PageNews): void {
    for (const browser of this.browsers) send(browser, news);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = '/', headers } = request;
    // A name that leads here from another site's page (DNS rebinding) is not ours.
    const { port } = this.server.address() as AddressInfo;
    if (![`127.0.0.1:${port}`, `localhost:${port}`].includes(headers.host ?? '')) return refuse(response, 403);
    const path = url.replace(/\?.*$/, '');
    if (method === 'POST') return this.press(request, response, path);
    if (method !== 'GET') return refuse(response, 405);
    if (path === '/events') return this.follow(response);
    const asset = this.assets.get(path);
    if (asset === undefined) return refuse(response, 404);
    response.writeHead(200, {
      'content-type': asset.type,
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.end(asset.body);
  }

  private press(request: IncomingMessage, response: ServerResponse, path: string): void {
    // Browsers name the page that a POST comes from; another site's may not pull the Wi-Fi.
    if (request.headers.origin !== `http://${request.headers.host}`) return refuse(response, 403);
    const action = this.actions.find(({ name }) => path === `/press/${name}`);
    if (action === undefined) return refuse(response, 404);
    action.press();
    response.writeHead(204).end();
    this.tell({ buttons: this.buttons() });
  }

  private follow(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const { readings, lines, connection } = this;
    const known: PageNews = { whole: true, readings, lines, buttons: this.buttons() };
    send(response, connection === null ? known : { ...known, connection });
    this.browsers.add(response);
    response.on('close', () => this.browsers.delete(response));
  }

  private buttons(): PageButton[] {
    return this.actions.map(({ name, label, active }) => ({ name, label: label(), active: active() }));
  }
}

/** JSON has no line feed outside its strings, and escapes those inside: one line a message. */
function send(browser: ServerResponse, news: PageNews): void {
  browser.write(`data: ${JSON.stringify(news)}\n\n`);
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${status}\n`);
}
