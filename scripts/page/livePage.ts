/**
 * The live page: boards, their curves and a log, in a browser. `npm start`, `npm run endpoint` and `npm run watch`
 * serve the same page. Everything on it is served from here, so it works without internet.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { networkInterfaces } from 'node:os';
import type { AddressInfo } from 'node:net';
import { systemProblem, UserError } from '../lib/cli.ts';
import type { Boards } from '../watch/watchedBoards.ts';
import { parseOrder, type Order } from '../watch/orders.ts';
import { Access } from './access.ts';
import { bundlePage, type Asset } from './assets.ts';
import { pageBoard, pageCurve } from './pageBoards.ts';
import { SPANS, type PageBroker, type PageButton, type PageLine, type PageNews, type Span } from './events.ts';

/** Lines of the log that a new browser gets. */
const LINES = 200;
/** Most browsers that get news. */
const MOST_BROWSERS = 64;
/** Bytes waiting for a browser that does not read, above which its connection is ended. */
const MOST_WAITING = 4_000_000;
/** Most bytes of a request. */
const MOST_SENT = 1024;
/** ms for which changes of boards are collected into one message. */
const GATHERING = 50;
/** The page runs scripts from here only, and no other site may put it into a frame to have its buttons clicked. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

export interface PageAction {
  name: string;
  /** The text on the button; asked for again after each press. */
  label: () => string;
  /** The next action of the button. */
  hint: string;
  active: () => boolean;
  press: () => void;
}

export interface PageOptions {
  /** 0 chooses a free port. */
  port: number;
  boards: Boards;
  /** The title of the page. */
  title: string;
  actions?: readonly PageAction[];
  /** Sends a command to a board. Without this function the page cannot send commands. */
  onOrder?: (board: string, order: Order) => void;
  /** Opens the page to the home network, and receives the tokens, to be printed. */
  onToken?: (token: string, why: string) => void;
}

export class LivePage {
  private readonly options: PageOptions;
  private readonly access: Access;
  private readonly server: Server;
  private readonly assets: Map<string, Asset>;
  private readonly actions: readonly PageAction[];
  private readonly browsers = new Set<ServerResponse>();
  private readonly changed = new Set<string>();
  private gathering: NodeJS.Timeout | null = null;
  private lines: PageLine[] = [];
  private broker: PageBroker | null = null;

  /**
   * Serves the page on 127.0.0.1; with `onToken` on all addresses of this machine.
   * @throws UserError if it cannot listen on the port
   */
  static async start(options: PageOptions): Promise<LivePage> {
    const page = new LivePage(bundlePage(), options);
    page.server.listen(options.port, options.onToken === undefined ? '127.0.0.1' : '0.0.0.0');
    try {
      await once(page.server, 'listening');
    } catch (error) {
      throw new UserError(
        `cannot serve the page on port ${options.port}: ${systemProblem(error)}; --page chooses another`,
      );
    }
    options.boards.on('changed', ({ name }) => page.gather(name));
    return page;
  }

  private constructor(assets: Map<string, Asset>, options: PageOptions) {
    this.options = options;
    this.assets = assets;
    this.actions = options.actions ?? [];
    this.access = new Access(options.onToken !== undefined, options.onToken);
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  /** The URL on this machine. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** The URLs in the home network. */
  get urls(): string[] {
    const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    const outside = addresses.filter(({ family, internal }) => family === 'IPv4' && !internal);
    return outside.map(({ address }) => `http://${address}:${this.port}/`);
  }

  addLine(told: Omit<PageLine, 'at'>): void {
    const line = { ...told, at: Date.now() };
    this.lines = [...this.lines.slice(1 - LINES), line];
    this.tell({ lines: [line] });
  }

  setBroker(state: PageBroker['state'], text: string): void {
    this.broker = { state, text, at: Date.now() };
    this.tell({ broker: this.broker });
  }

  /** May be called more than once. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    if (this.gathering !== null) clearTimeout(this.gathering);
    const closed = new Promise((done) => this.server.close(done));
    this.server.closeAllConnections();
    await closed;
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Reports a board's change soon, together with others. */
  private gather(name: string): void {
    this.changed.add(name);
    this.gathering ??= setTimeout(() => this.tellChanges(), GATHERING);
  }

  private tellChanges(): void {
    if (this.gathering === null) return;
    clearTimeout(this.gathering);
    this.gathering = null;
    const names = [...this.changed];
    this.changed.clear();
    const states = names.map((one) => this.options.boards.all.get(one)).filter((state) => state !== undefined);
    this.tell({ boards: states.map(pageBoard) });
  }

  private tell(news: PageNews): void {
    if (this.browsers.size === 0) return;
    const text = message(news);
    for (const browser of this.browsers) {
      // The browser connects again by itself, and then gets everything.
      if (browser.writableLength > MOST_WAITING) browser.destroy();
      else browser.write(text);
    }
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (!this.access.isOurHost(request, this.port)) return refuse(response, 403);
    const url = new URL(request.url ?? '/', 'http://page');
    if (request.method === 'POST') return this.take(request, response, url.pathname);
    if (request.method !== 'GET') return refuse(response, 405);
    if (url.pathname === '/events') return this.follow(request, response);
    if (url.pathname === '/curve') return this.giveCurve(response, url.searchParams);
    const asset = this.assets.get(url.pathname);
    if (asset === undefined) return refuse(response, 404);
    response.writeHead(200, { 'content-type': asset.type }).end(asset.body);
  }

  /** Carries out a request that changes something. */
  private async take(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (!this.access.isOwnOrigin(request)) return refuse(response, 403);
    const body = await bodyOf(request);
    if (body === null) return refuse(response, 413);
    if (path === '/token') {
      const cookie = this.access.enter(body, request.socket.remoteAddress ?? 'somebody');
      if (cookie === null) return refuse(response, 403);
      response.writeHead(204, { 'set-cookie': cookie }).end();
      return;
    }
    if (!this.access.mayPress(request)) return refuse(response, 403);
    if (path === '/order' && this.options.onOrder !== undefined)
      return this.order(response, body, this.options.onOrder);
    const action = this.actions.find(({ name }) => path === `/press/${name}`);
    if (action === undefined) return refuse(response, 404);
    action.press();
    response.writeHead(204).end();
    this.tell({ buttons: this.buttons() });
  }

  private order(response: ServerResponse, body: string, onOrder: NonNullable<PageOptions['onOrder']>): void {
    try {
      const { board, order } = parseOrder(JSON.parse(body));
      if (!this.options.boards.all.has(board)) return refuse(response, 404);
      onOrder(board, order);
      response.writeHead(204).end();
    } catch {
      refuse(response, 400);
    }
  }

  private giveCurve(response: ServerResponse, query: URLSearchParams): void {
    const span = query.get('span') ?? '';
    if (!Object.hasOwn(SPANS, span)) return refuse(response, 400);
    const curve = pageCurve(this.options.boards, query.get('board') ?? '', span as Span, Date.now());
    if (curve === null) return refuse(response, 404);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(curve));
  }

  private follow(request: IncomingMessage, response: ServerResponse): void {
    if (this.browsers.size >= MOST_BROWSERS) return refuse(response, 503);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    // The new browser gets the boards as they are now, so it must not be told the changes that led there.
    this.tellChanges();
    const { boards, title, onOrder } = this.options;
    const known: PageNews = {
      whole: true,
      title,
      boards: [...boards.all.values()].map(pageBoard),
      lines: this.lines,
      buttons: this.buttons(),
      rights: { mayPress: this.access.mayPress(request), wantsToken: this.access.wantsToken(request) },
      takesOrders: onOrder !== undefined,
    };
    response.write(message(this.broker === null ? known : { ...known, broker: this.broker }));
    this.browsers.add(response);
    response.on('close', () => this.browsers.delete(response));
  }

  private buttons(): PageButton[] {
    return this.actions.map(({ name, label, hint, active }) => ({ name, label: label(), hint, active: active() }));
  }
}

/** Encodes one message as one line: JSON escapes line feeds within strings and needs none elsewhere. */
function message(news: PageNews): string {
  return `data: ${JSON.stringify(news)}\n\n`;
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${status}\n`);
}

/** The body of a request; null if it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  let body = '';
  try {
    for await (const chunk of request) {
      body += String(chunk);
      if (body.length > MOST_SENT) return null;
    }
  } catch {
    return null;
  }
  return body;
}
