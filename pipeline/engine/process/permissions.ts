/** The command line of a stage's process. Pure. */
import { UserError } from "../../../lib/base/errors.ts";
import type { StageRequest } from "../stage.ts";
import type { TaskPermissions } from "../types.ts";

export interface StageCommand {
  /** Absolute. */
  readonly projectRoot: string;
  /** Relative to the root. */
  readonly module: string;
  readonly request: Pick<StageRequest, "inputs" | "earlier" | "outDir" | "partialDir">;
  readonly permissions: TaskPermissions;
  /** Folders of the npm packages that the permissions list. */
  readonly packageFolders: readonly string[];
  /** Options for V8, as `--v8-flags` takes them. */
  readonly v8Flags: readonly string[];
}

/** Parts of the project that stages may read at run time. */
export const READABLE = ["lib", "pipeline", "deno.json"];
/** What Deno itself needs to find its cache, and what a package manager's settings hang on. */
const SYSTEM_VARIABLES = [
  "DENO_DIR",
  "HOME",
  "LOCALAPPDATA",
  "NPM_CONFIG_REGISTRY",
  "PATH",
  "SystemRoot",
  "TMPDIR",
  "USERPROFILE",
  "XDG_CACHE_HOME",
];
/** How the network is reached: read by Deno itself, not by the stage. */
const NETWORK_VARIABLES = [
  "ALL_PROXY",
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "NO_PROXY",
  "SSL_CERT_FILE",
  "all_proxy",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];

/**
 * Arguments for `deno`: least permissions, no questions, nothing fetched.
 *
 * @throws {UserError} See {@link permissionFlag}.
 */
export function denoArguments(command: StageCommand): readonly string[] {
  const { projectRoot, request, permissions } = command;
  const write = [request.outDir, request.partialDir];
  const read = [
    ...Object.values(request.inputs),
    ...(request.earlier ?? []).map(({ path }) => path),
    ...write,
    ...READABLE.map((name) => `${projectRoot}/${name}`),
    ...command.packageFolders,
    ...(permissions.read ?? []),
  ];
  return [
    "run",
    "--no-prompt",
    "--quiet",
    "--frozen",
    "--no-remote",
    "--cached-only",
    `--config=${projectRoot}/deno.json`,
    ...(permissions.lock === undefined ? [] : [`--lock=${projectRoot}/${permissions.lock}`]),
    ...permissionFlag("read", read),
    ...permissionFlag("write", write),
    ...permissionFlag("net", permissions.net),
    ...permissionFlag("env", permissions.env),
    ...(command.v8Flags.length === 0 ? [] : [`--v8-flags=${command.v8Flags.join(",")}`]),
    `${projectRoot}/${command.module}`,
  ];
}

/**
 * The environment of a stage's process: what Deno needs and what the task is allowed to read.
 *
 * @param more Names of variables for what the process loads, such as drivers.
 */
export function stageEnvironment(
  permissions: TaskPermissions,
  all: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): Record<string, string> {
  const network = permissions.net.length === 0 ? [] : NETWORK_VARIABLES;
  const names = [...SYSTEM_VARIABLES, ...network, ...permissions.env, ...more];
  const passed = names.flatMap((name) => all[name] === undefined ? [] : [[name, all[name]] as const]);
  return { ...Object.fromEntries(passed), NO_COLOR: "1" };
}

/**
 * The flag that allows what is listed; none for an empty list, as a flag without values allows everything.
 *
 * @param what Of `--allow-<what>`.
 * @throws {UserError} "usage": a value that Deno would read as several, or as none.
 */
export function permissionFlag(what: "read" | "write" | "net" | "env", values: readonly string[]): string[] {
  const bad = values.find((value) => value === "" || value.includes(","));
  if (bad !== undefined) {
    throw new UserError(
      "usage",
      `Cannot give a process access to ${
        JSON.stringify(bad)
      }: Deno's permissions are lists with commas, so that they ` +
        `cannot name it. Rename the folder, host or variable, or move what is wanted to a path without commas.`,
    );
  }
  return values.length === 0 ? [] : [`--allow-${what}=${values.join(",")}`];
}
