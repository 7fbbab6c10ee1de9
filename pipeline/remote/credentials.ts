/**
 * Which keys, region and endpoint of S3 are meant, by the variables and files that Amazon's own programs use. Pure: whoever
 * reads them passes them in. Keys that have to be asked for somewhere (roles, single sign-on, programs) are not.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
import { RemoteTrouble } from "./contract.ts";

export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3Account {
  /** Nothing: requests are not signed, as for a bucket that everybody may read. */
  readonly keys: S3Keys | undefined;
  readonly region: string;
  /** Of a server that is not Amazon's. */
  readonly endpoint: string | undefined;
}

export interface AccountSources {
  /** An environment variable. */
  env(name: string): string | undefined;
  /** Text of `~/.aws/credentials` and `~/.aws/config`, or of what stands for them; empty if there is none. */
  readonly credentials: string;
  readonly config: string;
}

/** Where a bucket is if nobody says so. */
const DEFAULT_REGION = "us-east-1";
/** Ways to keys that a profile may name. */
const INDIRECT = [
  "sso_session",
  "sso_start_url",
  "role_arn",
  "credential_process",
  "web_identity_token_file",
];

/** @throws {RemoteTrouble} `refused`: the profile is not there, or has no keys of its own. */
export function s3Account({ env, credentials, config }: AccountSources): S3Account {
  const named = env("AWS_PROFILE") ?? env("AWS_DEFAULT_PROFILE");
  const name = named ?? "default";
  const secret = sectionsOf(credentials).get(name);
  const shared = sectionsOf(config);
  const plain = shared.get(`profile ${name}`) ?? (name === "default" ? shared.get(name) : undefined);
  const profile = { ...plain, ...secret };
  const region = env("AWS_REGION") ?? env("AWS_DEFAULT_REGION") ?? profile["region"] ?? DEFAULT_REGION;
  const endpoint = env("AWS_ENDPOINT_URL_S3") ?? env("AWS_ENDPOINT_URL") ?? profile["endpoint_url"];
  const keys = keysOf({
    id: env("AWS_ACCESS_KEY_ID"),
    secret: env("AWS_SECRET_ACCESS_KEY"),
    token: env("AWS_SESSION_TOKEN"),
  });
  if (keys !== undefined) return { keys, region, endpoint };
  if (named !== undefined && plain === undefined && secret === undefined) {
    throw new RemoteTrouble("refused", `AWS_PROFILE names the profile ${name}, which ~/.aws does not have`);
  }
  const own = keysOf({
    id: profile["aws_access_key_id"],
    secret: profile["aws_secret_access_key"],
    token: profile["aws_session_token"],
  });
  const indirect = INDIRECT.find((key) => profile[key] !== undefined);
  if (own === undefined && indirect !== undefined) {
    throw new RemoteTrouble(
      "refused",
      `the profile ${name} gets its keys by ${indirect}, which is not followed here: put them into the environment, as ` +
        `\`eval "$(aws configure export-credentials --profile ${name} --format env)"\` does`,
    );
  }
  return { keys: own, region, endpoint };
}

function keysOf({ id, secret, token }: {
  readonly id: string | undefined;
  readonly secret: string | undefined;
  readonly token: string | undefined;
}): S3Keys | undefined {
  if (!id || !secret) return undefined;
  return { accessKeyId: id, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) };
}

/** Name of a section -> its keys. Comments stand on lines of their own; what is set in of a key is not looked at. */
function sectionsOf(text: string): Map<string, Record<string, string>> {
  const sections = new Map<string, Record<string, string>>();
  let section: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line);
    if (heading !== null) {
      const name = heading[1]!.replace(/\s+/g, " ").replaceAll(/["']/g, "");
      section = sections.get(name) ?? {};
      sections.set(name, section);
      continue;
    }
    const pair = /^([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (pair !== null && pair[2] !== "") {
      section[pair[1]!.toLowerCase()] = pair[2]!.replace(/\s[#;].*$/, "").trim();
    }
  }
  return sections;
}
