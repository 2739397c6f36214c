import { Duplex } from 'node:stream';
import { HEIGHT, type SimulatedScreen, WIDTH } from './simulated-screen.js';

/** The least time between two pictures that a client asks for as they change. */
const FRAME_MS = 40;
const VERSION = 'RFB 003.008\n';
const NAME = 'virtgate simulated guest';
const NO_SECURITY = 1;
const LONGEST_PASTE = 1 << 20;

/** As SetPixelFormat has it (RFC 6143 section 7.4); a pixel is `bytes` long. */
interface PixelFormat {
  bytes: number;
  bigEndian: boolean;
  max: [red: number, green: number, blue: number];
  shift: [red: number, green: number, blue: number];
}

const TRUE_COLOUR: PixelFormat = { bytes: 4, bigEndian: false, max: [255, 255, 255], shift: [16, 8, 0] };

type Step = 'version' | 'security' | 'init' | 'messages';

/** The server's side of RFB 3.8 (RFC 6143) for one client: no security, raw encoding, the whole screen each time. */
export class RfbServer extends Duplex {
  #step: Step = 'version';
  #heard: Buffer = Buffer.alloc(0);
  #format = TRUE_COLOUR;
  #frame: NodeJS.Timeout | undefined;
  #last = 0;
  /** A client that reads slowly gets its next picture when it has the one before. */
  #full = false;
  #wanted = false;

  constructor(private readonly screen: SimulatedScreen) {
    super({ allowHalfOpen: false });
    this.push(VERSION);
  }

  override _read(): void {
    this.#full = false;
    if (this.#wanted) this.#update();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#heard = Buffer.concat([this.#heard, chunk]);
    try {
      for (let taken = this.#take(); taken > 0; taken = this.#take()) {
        this.#heard = this.#heard.subarray(taken);
      }
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#frame);
    done(error);
  }

  /** Bytes of the message at the front, which was acted upon; 0 where it is not whole yet. */
  #take(): number {
    const heard = this.#heard;
    switch (this.#step) {
      case 'version':
        if (heard.length < VERSION.length) return 0;
        this.push(Buffer.of(1, NO_SECURITY));
        this.#step = 'security';
        return VERSION.length;
      case 'security':
        if (heard.length < 1) return 0;
        if (heard[0] !== NO_SECURITY) throw new Error('no such security type');
        this.push(Buffer.alloc(4));
        this.#step = 'init';
        return 1;
      case 'init':
        if (heard.length < 1) return 0;
        this.push(serverInit());
        this.#step = 'messages';
        return 1;
      case 'messages': {
        const length = lengthOf(heard);
        if (length === 0 || heard.length < length) return 0;
        this.#onMessage(heard.subarray(0, length));
        return length;
      }
    }
  }

  #onMessage(message: Buffer): void {
    if (message[0] === 0) this.#format = pixelFormat(message.subarray(4));
    else if (message[0] === 3) this.#request(message[1] === 1);
    else if (message[0] === 4 && message[1] === 1) this.screen.press();
  }

  #request(incremental: boolean): void {
    const wait = incremental ? Math.max(0, this.#last + FRAME_MS - Date.now()) : 0;
    clearTimeout(this.#frame);
    if (wait === 0) this.#update();
    else this.#frame = setTimeout(() => this.#update(), wait);
  }

  #update(): void {
    this.#wanted = this.#full;
    if (this.#full || this.destroyed) return;
    this.#last = Date.now();
    const head = Buffer.alloc(16);
    // FramebufferUpdate of one rectangle, in raw encoding (0).
    head.writeUInt16BE(1, 2);
    head.writeUInt16BE(WIDTH, 8);
    head.writeUInt16BE(HEIGHT, 10);
    this.#full = !this.push(Buffer.concat([head, encode(this.screen.pixels(), this.#format)]));
  }
}

function serverInit(): Buffer {
  const { max, shift } = TRUE_COLOUR;
  const init = Buffer.alloc(24);
  init.writeUInt16BE(WIDTH, 0);
  init.writeUInt16BE(HEIGHT, 2);
  // 32 bits, depth 24, little endian, true colour.
  init.set([32, 24, 0, 1], 4);
  max.forEach((value, index) => {
    init.writeUInt16BE(value, 8 + index * 2);
  });
  init.set(shift, 14);
  init.writeUInt32BE(NAME.length, 20);
  return Buffer.concat([init, Buffer.from(NAME)]);
}

/** How long the client's message at the front is, as far as can be told; 0 until then. Throws for an unknown one. */
function lengthOf(heard: Buffer): number {
  switch (heard[0]) {
    case undefined:
      return 0;
    case 0:
      return 20;
    case 2:
      return heard.length < 4 ? 0 : 4 + heard.readUInt16BE(2) * 4;
    case 3:
      return 10;
    case 4:
      return 8;
    case 5:
      return 6;
    case 6: {
      if (heard.length < 8) return 0;
      const length = Math.abs(heard.readInt32BE(4));
      if (length > LONGEST_PASTE) throw new Error('too much text');
      return 8 + length;
    }
    default:
      throw new Error(`unknown message ${heard[0]}`);
  }
}

function pixelFormat(format: Buffer): PixelFormat {
  const bits = format[0] ?? 0;
  if (![8, 16, 32].includes(bits) || format[3] === 0) throw new Error('no such pixel format');
  return {
    bytes: bits / 8,
    bigEndian: format[2] !== 0,
    max: [format.readUInt16BE(4), format.readUInt16BE(6), format.readUInt16BE(8)],
    shift: [format[10] ?? 0, format[11] ?? 0, format[12] ?? 0],
  };
}

function encode(pixels: Buffer, { bytes, bigEndian, max, shift }: PixelFormat): Buffer {
  const out = Buffer.alloc((pixels.length / 3) * bytes);
  for (let from = 0, to = 0; from < pixels.length; from += 3, to += bytes) {
    let value = 0;
    for (let colour = 0; colour < 3; colour += 1) {
      const level = Math.round(((pixels[from + colour] ?? 0) * (max[colour] ?? 0)) / 255);
      value += level * 2 ** (shift[colour] ?? 0);
    }
    if (bigEndian) out.writeUIntBE(value, to, bytes);
    else out.writeUIntLE(value, to, bytes);
  }
  return out;
}
