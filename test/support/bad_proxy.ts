/**
 * A proxy on this machine between a client and an HTTP server that cuts, stalls, lies and replays as told. What a client
 * sends goes on byte by byte, so that signatures over the host hold.
 */

/** An answer as the server gave it. */
export interface Passed {
  readonly method: string;
  readonly path: string;
  readonly head: string;
  readonly body: Uint8Array;
}

export interface Passing extends Passed {
  /** All answers before this one. */
  readonly before: readonly Passed[];
  send(data: string | Uint8Array): Promise<void>;
  /** Resolves when the proxy is closed. */
  readonly closed: Promise<void>;
}

/** What the proxy does with an answer. */
export type Trick = (passing: Passing) => Promise<void>;

export const honest: Trick = async ({ head, body, send }) => {
  await send(head);
  await send(body);
};

/** Sends so many bytes of the body, then cuts the connection. */
export function cut(bytes: number): Trick {
  return async ({ head, body, send }) => {
    await send(head);
    await send(body.subarray(0, bytes));
  };
}

/** Sends so many bytes of the body, and nothing more as long as it lives. */
export function stall(bytes: number): Trick {
  return async ({ head, body, send, closed }) => {
    await send(head);
    await send(body.subarray(0, bytes));
    await closed;
  };
}

/** Says nothing at all. */
export const silent: Trick = ({ closed }) => closed;

/** One bit of the body is another. */
export const lie: Trick = async ({ head, body, send }) => {
  const changed = body.slice();
  if (changed.length > 0) changed[changed.length >> 1]! ^= 1;
  await send(head);
  await send(changed);
};

/** The first answer of the same method and kind of name that ever passed, whatever is asked for. */
export const replay: Trick = async (passing) => {
  const { method, path, before, send } = passing;
  const kind = kindOf(path);
  const first = before.find((one) => one.method === method && kindOf(one.path) === kind && one.path !== path);
  if (first === undefined) return await honest(passing);
  await send(first.head);
  await send(first.body);
};

export function status(code: number, body = ""): Trick {
  return async ({ send, method }) => {
    await send(`HTTP/1.1 ${code} X\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`);
    if (method !== "HEAD") await send(body);
  };
}

export interface BadProxy extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly passed: readonly Passed[];
  /** What it does from now on. */
  trick: (asked: { readonly method: string; readonly path: string }) => Trick;
}

/** @param port Of the server, on this machine. */
export function badProxy(port: number): BadProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const passed: Passed[] = [];
  const open = new Set<Promise<void>>();
  const closing = Promise.withResolvers<void>();
  const proxy: BadProxy = {
    port: (listener.addr as Deno.NetAddr).port,
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    passed,
    trick: () => honest,
    async [Symbol.asyncDispose]() {
      listener.close();
      closing.resolve();
      await running.catch(() => {});
      await Promise.all(open);
    },
  };
  const converse = async (client: Deno.Conn): Promise<void> => {
    try {
      const request = await readMessage(client);
      const [method, path] = request.head.split(" ", 2) as [string, string];
      const trick = proxy.trick({ method, path });
      const answer = await forward(port, request);
      const before = [...passed];
      const one = { method, path, ...answer };
      passed.push(one);
      await trick({ ...one, before, send: (data) => writeAll(client, data), closed: closing.promise });
    } finally {
      client.close();
    }
  };
  const serve = async (): Promise<void> => {
    for await (const client of listener) {
      const work = converse(client).catch(() => {}).finally(() => open.delete(work));
      open.add(work);
    }
  };
  const running = serve();
  return proxy;
}

interface Message {
  /** With the empty line at its end. */
  readonly head: string;
  readonly body: Uint8Array;
}

/** Asks the server to close the connection, so that its answer ends with it. */
async function forward(port: number, { head, body }: Message): Promise<Message> {
  using server = await Deno.connect({ hostname: "127.0.0.1", port });
  const closing = head.replace(/\r\nconnection:[^\r]*/gi, "").replace("\r\n", "\r\nconnection: close\r\n");
  await writeAll(server, closing);
  await writeAll(server, body);
  const bytes = new Uint8Array(await new Response(server.readable).arrayBuffer());
  const end = endOfHead(bytes);
  const answered = new TextDecoder().decode(bytes.subarray(0, end));
  return {
    head: answered.replace(/\r\nconnection:[^\r]*/gi, "").replace("\r\n", "\r\nconnection: close\r\n"),
    body: bytes.subarray(end),
  };
}

async function readMessage(connection: Deno.Conn): Promise<Message> {
  let begun = new Uint8Array();
  const pieces: Uint8Array[] = [];
  const next = async (): Promise<Uint8Array> => {
    const piece = new Uint8Array(1 << 16);
    const read = await connection.read(piece);
    if (read === null) throw new Error("the client went away");
    return piece.subarray(0, read);
  };
  while (endOfHead(begun) < 0) begun = joined([begun, await next()]);
  const end = endOfHead(begun);
  const head = new TextDecoder().decode(begun.subarray(0, end));
  pieces.push(begun.subarray(end));
  let have = begun.length - end;
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  const isChunked = length === undefined && /\r\ntransfer-encoding: chunked/i.test(head);
  const isWhole = () =>
    isChunked ? new TextDecoder().decode(pieces.at(-1)).endsWith("0\r\n\r\n") : have >= Number(length ?? 0);
  while (!isWhole()) {
    pieces.push(await next());
    have += pieces.at(-1)!.length;
  }
  return { head, body: joined(pieces) };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function endOfHead(bytes: Uint8Array): number {
  for (let at = 0; at + 3 < bytes.length; at++) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) {
      return at + 4;
    }
  }
  return -1;
}

async function writeAll(connection: Deno.Conn, data: string | Uint8Array): Promise<void> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** `/objects/` or `/receipts/`, wherever it stands. */
function kindOf(path: string): string {
  return /\/(objects|receipts)\//.exec(path)?.[1] ?? path;
}
