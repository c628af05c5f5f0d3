/** The faults around the board of `scripts/simulator/faults.ts`, imposed with the rig's means. */
import type { Cut } from '../../../scripts/simulator/network/connection.ts';
import { answerSntp, type TimeServer } from '../../../scripts/simulator/network/sntp.ts';
import type { EmulatedBoard, EmulatedConnection, EmulatedNetwork, NetworkOptions } from './emulator.ts';
import { questionOf, replyTo } from './datagrams.ts';
import type { Link } from './link.ts';

type Forge = Extract<TimeServer, { forge: unknown }>['forge'];

/** Registers of a TMP117 at 21.5 °C: the temperature, and the device id. */
const TMP117 = new Map([
  [0x00, [0x0a, 0xc0]],
  [0x0f, [0x01, 0x17]],
]);
/** An I2C address that nothing on the board asks. */
const NOWHERE = 0x7f;

export interface Ports {
  /** The one that the board dials, and a local one that refuses. */
  dialled: number;
  closed: number;
}

export class RigFaults {
  /** Pages programmed and sectors erased since the board was made. */
  flashOperations = 0;
  /** The options of the next boot's network. */
  readonly options: NetworkOptions = { dns: 'ok', ntp: 'ok', ntpOffset: 0, ports: new Map() };
  readonly accessPoint: { password: string };
  private readonly link: Link;
  private readonly ports: Ports;
  private readonly cutPower: () => void;
  private board: EmulatedBoard | null = null;
  private network: EmulatedNetwork | null = null;
  private present = true;
  private passwordIsWrong = false;
  private connections: 'ok' | 'refuse' | 'silent' = 'ok';
  private plugged = true;
  private forge: Forge | null = null;
  /** Flash operations until the power fails; 0: it does not. */
  private operations = 0;
  /** The share of its bits that the last of them changes. */
  private share = 0;

  constructor(link: Link, ports: Ports, password: string, cutPower: () => void) {
    this.link = link;
    this.ports = ports;
    this.cutPower = cutPower;
    this.tcp = 'ok';
    const changed = (given: string): void => {
      this.passwordIsWrong = given !== password;
      this.changeWifi();
    };
    this.accessPoint = {
      get password() {
        return password;
      },
      set password(given) {
        changed(given);
      },
    };
  }

  /** A board was switched on. */
  attach(board: EmulatedBoard, network: EmulatedNetwork): void {
    this.board = board;
    this.network = network;
    this.changeWifi();
    this.tmp117IsPlugged = this.plugged;
  }

  /** Asked at each page and erase. @returns the share of it that is done when the power fails; undefined if it does not */
  cutInFlash(): number | undefined {
    this.flashOperations += 1;
    this.operations -= 1;
    if (this.operations !== 0) return undefined;
    this.cutPower();
    return this.share;
  }

  get accessPointIsPresent(): boolean {
    return this.present;
  }

  set accessPointIsPresent(present: boolean) {
    this.present = present;
    this.changeWifi();
    if (!present) this.board?.dropWifi();
  }

  set dns(dns: NetworkOptions['dns']) {
    this.change({ dns });
  }

  set timeServer(server: TimeServer) {
    this.forge = typeof server === 'object' && 'forge' in server ? server.forge : null;
    this.change({
      ntp: server === 'silent' ? 'silent' : 'ok',
      ntpOffset: typeof server === 'object' && 'offsetSeconds' in server ? server.offsetSeconds : 0,
    });
  }

  set tcp(tcp: 'ok' | 'refuse' | 'silent') {
    this.connections = tcp;
    this.options.ports.set(this.ports.dialled, tcp === 'refuse' ? this.ports.closed : this.link.port);
  }

  set roundTrip(ms: number) {
    this.link.roundTrip = ms;
  }

  set bytesPerSecond(rate: number) {
    this.link.bytesPerSecond = rate;
  }

  get cuts(): Link['cuts'] {
    return this.link.cuts;
  }

  /** Whether the sensor of that name answers on bus 0. */
  set tmp117IsPlugged(plugged: boolean) {
    this.plugged = plugged;
    this.board?.attachI2c(0, plugged ? 0x48 : NOWHERE, TMP117);
  }

  cutConnections(how: Cut): void {
    if (how === 'reset') this.network?.resetAll();
    else if (how === 'close') this.link.hangUp();
    else this.network?.blackhole();
  }

  cutPowerAtFlashOperation(count: number, share = 0): void {
    this.operations = count;
    this.share = share;
  }

  /** A loop without end, given to Kaluma's prompt. */
  hang(): void {
    this.board?.type('for(;;);\r');
  }

  /** Undoes the changes of a fault that was interrupted. */
  lift(): void {
    this.accessPointIsPresent = true;
    this.passwordIsWrong = false;
    this.changeWifi();
    [this.dns, this.timeServer, this.tcp] = ['ok', 'ok', 'ok'];
    [this.roundTrip, this.bytesPerSecond, this.operations] = [0, Infinity, 0];
    this.cuts.length = 0;
  }

  /** Whether a frame of the board's is not to arrive: so one that opens a connection gets no answer. */
  isLost(frame: Buffer): boolean {
    const question = this.forge === null ? null : questionOf(frame);
    if (this.forge !== null && question !== null) {
      const truth = answerSntp(question, 'ok', Date.now())[0] ?? new Uint8Array(0);
      for (const datagram of this.forge(question, truth)) this.board?.receive(replyTo(frame, datagram));
      return true;
    }
    const isTcp = frame.readUInt16BE(12) === 0x0800 && frame[23] === 6;
    return this.connections === 'silent' && isTcp && (frame[14 + (frame[14] & 15) * 4 + 13] & 2) !== 0;
  }

  /** Ends the connections that have come as far as the fault allows. */
  cutWhatIsDue(): void {
    for (const { cut, port, toBoard } of this.link.passages()) {
      if (cut === undefined || this.link.cuts[0] !== cut) continue;
      const connection = this.connectionTo(port);
      if (connection === undefined) continue;
      const { received = Infinity, sent = Infinity } = cut;
      const arrived = connection.received >= received && connection.out.length === 0;
      if (!arrived && connection.sent < sent) continue;
      this.link.cuts.shift();
      if (cut.how === 'close') toBoard.end();
      else this.cutConnections(cut.how);
    }
  }

  private connectionTo(port: number): EmulatedConnection | undefined {
    return [...(this.network?.connections.values() ?? [])].find(
      ({ socket, dead, blackhole }) => !dead && !blackhole && socket.localPort === port,
    );
  }

  private change(options: Partial<NetworkOptions>): void {
    Object.assign(this.options, options);
    if (this.network !== null) Object.assign(this.network.options, options);
  }

  private changeWifi(): void {
    if (this.board !== null) this.board.wifi = !this.present ? 'nonet' : this.passwordIsWrong ? 'badauth' : 'ok';
  }
}
