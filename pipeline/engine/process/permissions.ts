/** The command line of a stage's process. Pure. */
import { UserError } from "../../../lib/base/errors.ts";
import type { StageRequest } from "../stage.ts";
import type { TaskPermissions } from "../types.ts";

export interface StageCommand {
  /** Absolute. */
  readonly projectRoot: string;
  /** Relative to the root. */
  readonly module: string;
  readonly request: Pick<StageRequest, "inputs" | "outDir" | "partialDir">;
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
 * @throws {UserError} If a path holds a comma, which Deno's permission flags cannot express.
 */
export function denoArguments(command: StageCommand): readonly string[] {
  const { projectRoot, request, permissions } = command;
  const write = [request.outDir, request.partialDir];
  const read = [
    ...Object.values(request.inputs),
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
    `--allow-read=${pathList(read)}`,
    `--allow-write=${pathList(write)}`,
    ...(permissions.net.length === 0 ? [] : [`--allow-net=${permissions.net.join(",")}`]),
    ...(permissions.env.length === 0 ? [] : [`--allow-env=${permissions.env.join(",")}`]),
    ...(command.v8Flags.length === 0 ? [] : [`--v8-flags=${command.v8Flags.join(",")}`]),
    `${projectRoot}/${command.module}`,
  ];
}

/** The environment of a stage's process: what Deno needs and what the task is allowed to read. */
export function stageEnvironment(
  permissions: TaskPermissions,
  all: Readonly<Record<string, string>>,
): Record<string, string> {
  const network = permissions.net.length === 0 ? [] : NETWORK_VARIABLES;
  const names = [...SYSTEM_VARIABLES, ...network, ...permissions.env];
  const passed = names.flatMap((name) => all[name] === undefined ? [] : [[name, all[name]] as const]);
  return { ...Object.fromEntries(passed), NO_COLOR: "1" };
}

function pathList(paths: readonly string[]): string {
  const bad = paths.find((path) => path.includes(","));
  if (bad !== undefined) {
    throw new UserError(
      "usage",
      `Cannot run a stage with access to ${bad}: the path holds a comma, which Deno's permissions cannot express. ` +
        `Rename or move the folder.`,
    );
  }
  return paths.join(",");
}
