/**
 * A real server that speaks S3, moto's, with users, keys and rights that it checks as Amazon does: a process of its own on
 * this machine. Its Python is that of the variable MOTO_PYTHON, or of ~/.cache/moto-5.2.1, where `.ci/run` puts it.
 */
import { AwsClient } from "aws4fetch";

export interface S3Server extends AsyncDisposable {
  readonly port: number;
  readonly endpoint: string;
  /** May do everything in the bucket. */
  readonly keys: { readonly id: string; readonly secret: string };
  /** May do nothing. */
  readonly stranger: { readonly id: string; readonly secret: string };
  readonly bucket: string;
}

const START_MS = 60_000;
const BUCKET = "results";

function python(): string {
  return Deno.env.get("MOTO_PYTHON") ?? `${Deno.env.get("HOME")}/.cache/moto-5.2.1/bin/python`;
}

/** Why it cannot be started here; `undefined` if it can. */
export function s3IsMissing(): string | undefined {
  try {
    const { success } = new Deno.Command(python(), { args: ["-c", "import moto.server"], stderr: "null" })
      .outputSync();
    if (success) return undefined;
  } catch {
    // There is no such Python.
  }
  return "no moto on this machine (python3 -m venv ~/.cache/moto-5.2.1; ~/.cache/moto-5.2.1/bin/pip install 'moto[s3,server]==5.2.1')";
}

export async function startS3(): Promise<S3Server> {
  const port = freePort();
  const child = new Deno.Command(python(), {
    args: ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)],
    // Until it is told otherwise anybody may do anything.
    env: { INITIAL_NO_AUTH_ACTION_COUNT: "1000000" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await child.status;
  };
  try {
    await untilItAnswers(endpoint);
    const user = await makeUser(endpoint, "team", {
      Effect: "Allow",
      Action: [
        "s3:GetObject",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "s3:ListBucket",
        "s3:ListAllMyBuckets",
      ],
      Resource: "*",
    });
    const stranger = await makeUser(endpoint, "stranger", {
      Effect: "Deny",
      Action: "*",
      Resource: "*",
    });
    const s3 = new AwsClient({
      accessKeyId: user.id,
      secretAccessKey: user.secret,
      service: "s3",
      region: "us-east-1",
    });
    await done(await s3.fetch(`${endpoint}/${BUCKET}`, { method: "PUT" }));
    // From now on signatures and rights are checked.
    await done(await fetch(`${endpoint}/moto-api/reset-auth`, { method: "POST", body: "0" }));
    return { port, endpoint, keys: user, stranger, bucket: BUCKET, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeUser(endpoint: string, name: string, statement: object) {
  const iam = new AwsClient({
    accessKeyId: "any",
    secretAccessKey: "any",
    service: "iam",
    region: "us-east-1",
  });
  const ask = async (fields: Readonly<Record<string, string>>): Promise<string> => {
    const body = new URLSearchParams({ Version: "2010-05-08", UserName: name, ...fields }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    return await done(await iam.fetch(`${endpoint}/`, { method: "POST", body, headers }));
  };
  await ask({ Action: "CreateUser" });
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await ask({ Action: "PutUserPolicy", PolicyName: "own", PolicyDocument: policy });
  const made = await ask({ Action: "CreateAccessKey" });
  const field = (tag: string) => new RegExp(`<${tag}>([^<]+)</${tag}>`).exec(made)![1]!;
  return { id: field("AccessKeyId"), secret: field("SecretAccessKey") };
}

async function done(answer: Response): Promise<string> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The S3 server answers with status ${answer.status}: ${text}`);
  return text;
}

async function untilItAnswers(endpoint: string): Promise<void> {
  const begun = performance.now();
  for (;;) {
    try {
      await (await fetch(`${endpoint}/moto-api/data.json`)).body?.cancel();
      return;
    } catch (error) {
      if (performance.now() - begun > START_MS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
