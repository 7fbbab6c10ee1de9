/** A server in a process of its own, which may do nothing but listen and use the files that it is given. */
import { UserError } from "../../../lib/base/errors.ts";
import { onSignal } from "./signals_io.ts";

export interface ServerProcess {
  readonly root: string;
  /** Relative to the root: reads a request in JSON from standard input, and says there in JSON at which `port` it listens. */
  readonly module: string;
  readonly permissions: readonly string[];
  /** All that it sees of the environment; absent: what this process sees. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly request: { readonly port: number };
  readonly host: string;
}

/**
 * Serves until it is interrupted.
 *
 * @returns The exit status.
 * @throws {UserError} "usage": it cannot listen at this host or port.
 */
export async function runServer(
  { root, module, permissions, environment, request, host }: ServerProcess,
  onListening: (port: number) => void,
): Promise<number> {
  // deno-fmt-ignore
  const args = [
    "run", "--no-prompt", "--quiet", "--frozen", "--cached-only", `--config=${root}/deno.json`,
    ...permissions, `${root}/${module}`,
  ];
  const child = new Deno.Command(Deno.execPath(), {
    args,
    ...(environment === undefined ? {} : { clearEnv: true, env: environment }),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
  using _listening = onSignal(() => void writer.close().catch(() => {}));
  const reader = child.stdout.getReader();
  const said = (await reader.read()).value;
  if (said !== undefined) onListening(JSON.parse(new TextDecoder().decode(said)).port);
  const [{ code, signal }, errors] = await Promise.all([child.status, new Response(child.stderr).text()]);
  await reader.cancel();
  if (code === 0 || signal !== null) return 0;
  const reason = listeningFault(errors, host, request.port);
  if (reason !== undefined) throw new UserError("usage", reason);
  throw new Error(`${module} ended with status ${code}: ${errors}`);
}

function listeningFault(errors: string, host: string, port: number): string | undefined {
  if (/AddrInUse|address already in use/i.test(errors)) {
    return `Cannot serve on port ${port}: another program uses it. Give another one with --port, or --port 0 for any.`;
  }
  if (/AddrNotAvailable|cannot assign requested address|failed to lookup address/i.test(errors)) {
    return `Cannot serve at ${host}: it is no address of this machine. Check --host.`;
  }
  if (port > 0 && port < 1024 && /PermissionDenied|permission denied/i.test(errors)) {
    return `Cannot serve on port ${port}: this user may not use it. Give one from 1024 on with --port.`;
  }
  return undefined;
}
