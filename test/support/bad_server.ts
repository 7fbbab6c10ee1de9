/** HTTP servers on this machine that misbehave as told: raw connections, so that they can lie and be cut. */

/** How one request is answered; the connection is closed afterwards. */
export type Behaviour = (exchange: Exchange) => Promise<void> | void;

export interface Exchange {
  /** Lower-case header name -> value. */
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  /** First byte asked for; 0 without a range. */
  readonly from: number;
  send(data: string | Uint8Array): Promise<void>;
  /** Status line, headers and body. */
  answer(
    status: number,
    headers: Readonly<Record<string, string | number>>,
    body?: Uint8Array,
  ): Promise<void>;
}

export interface BadServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** All requests so far. */
  readonly requests: readonly Exchange[];
}

/** @param behaviours One for each request in turn; the last for all further ones. */
export function badServer(behaviours: readonly Behaviour[], path = "/archive.tar.gz"): BadServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: Exchange[] = [];
  const open = new Set<Promise<void>>();
  const serve = async (): Promise<void> => {
    for await (const connection of listener) {
      const work = converse(connection).catch(() => {}).finally(() => open.delete(work));
      open.add(work);
    }
  };
  const converse = async (connection: Deno.Conn): Promise<void> => {
    try {
      const exchange = await readRequest(connection);
      const behaviour = behaviours[Math.min(requests.length, behaviours.length - 1)]!;
      requests.push(exchange);
      await behaviour(exchange);
    } finally {
      connection.close();
    }
  };
  const running = serve();
  const { port } = listener.addr as Deno.NetAddr;
  return {
    port,
    url: `http://127.0.0.1:${port}${path}`,
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      await running.catch(() => {});
      await Promise.all(open);
    },
  };
}

/** Serves the file as a good server does: ranges, If-Range, ETag. @param piece Bytes for each millisecond or more. */
export function good(file: Uint8Array, etag = '"1"', piece = Infinity): Behaviour {
  return async ({ from, headers, answer, send }) => {
    const current = headers["if-range"] === undefined || headers["if-range"] === etag;
    const start = current ? from : 0;
    const total = file.length;
    if (start > 0 && start >= total) {
      return await answer(416, { "content-range": `bytes */${total}`, "content-length": 0 });
    }
    const range = start === 0 ? {} : { "content-range": `bytes ${start}-${total - 1}/${total}` };
    await answer(start === 0 ? 200 : 206, { ...range, "content-length": total - start, etag });
    for (let at = start; at < total; at += piece) {
      await send(file.subarray(at, at + piece));
      if (piece < Infinity) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
}

/** Sends so many bytes of the good answer's body, then cuts the connection. */
export function cutAfter(file: Uint8Array, bytes: number, etag = '"1"'): Behaviour {
  return ({ from, answer }) => {
    const rest = file.subarray(from, from + bytes);
    const headers = { "content-length": file.length - from, etag };
    if (from === 0) return answer(200, headers, rest);
    return answer(
      206,
      { ...headers, "content-range": `bytes ${from}-${file.length - 1}/${file.length}` },
      rest,
    );
  };
}

export function status(code: number, headers: Readonly<Record<string, string | number>> = {}): Behaviour {
  return ({ answer }) => answer(code, { "content-length": 0, ...headers });
}

async function readRequest(connection: Deno.Conn): Promise<Exchange> {
  let text = "";
  const buffer = new Uint8Array(4096);
  while (!text.includes("\r\n\r\n")) {
    const read = await connection.read(buffer);
    if (read === null) throw new Error("the client went away");
    text += new TextDecoder().decode(buffer.subarray(0, read));
  }
  const [first, ...lines] = text.split("\r\n");
  const headers = Object.fromEntries(
    lines.filter((line) => line.includes(":")).map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const send = async (data: string | Uint8Array): Promise<void> => {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  };
  return {
    headers,
    path: first!.split(" ")[1]!,
    from: Number(/^bytes=(\d+)-/.exec(headers["range"] ?? "")?.[1] ?? 0),
    send,
    async answer(code, fields, body = new Uint8Array()) {
      const list = Object.entries({ connection: "close", ...fields }).map(([name, value]) =>
        `${name}: ${value}\r\n`
      );
      await send(`HTTP/1.1 ${code} X\r\n${list.join("")}\r\n`);
      await send(body);
    },
  };
}
