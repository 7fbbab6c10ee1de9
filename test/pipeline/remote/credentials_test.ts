import { assertEquals, assertThrows } from "@std/assert";
import { RemoteTrouble } from "../../../pipeline/remote/contract.ts";
import { s3Account } from "../../../pipeline/remote/credentials.ts";

function account(env: Readonly<Record<string, string>>, credentials = "", config = "") {
  return s3Account({ env: (name) => env[name], credentials, config });
}

const CREDENTIALS = `
# people's own
[default]
aws_access_key_id = FILE
aws_secret_access_key = se/cr+et=
[work]
aws_access_key_id=WORK
aws_secret_access_key=hidden ; a comment
aws_session_token=for a while
`;
const CONFIG = `
[default]
region = eu-west-1
[profile work]
region=eu-central-1
endpoint_url=https://s3.example.org
s3 =
  addressing_style = path
[profile lab]
sso_session = lab
region = us-west-2
`;

Deno.test("s3Account() takes keys of the environment before those of files", () => {
  const env = {
    AWS_ACCESS_KEY_ID: "ENV",
    AWS_SECRET_ACCESS_KEY: "s",
    AWS_SESSION_TOKEN: "t",
    AWS_REGION: "x-1",
  };
  assertEquals(account(env, CREDENTIALS, CONFIG), {
    keys: { accessKeyId: "ENV", secretAccessKey: "s", sessionToken: "t" },
    region: "x-1",
    endpoint: undefined,
  });
});

Deno.test("s3Account() reads the profile that is named, or the default one, as Amazon's programs do", () => {
  assertEquals(account({}, CREDENTIALS, CONFIG), {
    keys: { accessKeyId: "FILE", secretAccessKey: "se/cr+et=" },
    region: "eu-west-1",
    endpoint: undefined,
  });
  assertEquals(account({ AWS_PROFILE: "work" }, CREDENTIALS, CONFIG), {
    keys: { accessKeyId: "WORK", secretAccessKey: "hidden", sessionToken: "for a while" },
    region: "eu-central-1",
    endpoint: "https://s3.example.org",
  });
});

Deno.test("s3Account() takes the endpoint of S3 before that of all services", () => {
  const env = { AWS_ENDPOINT_URL: "http://all", AWS_ENDPOINT_URL_S3: "http://one" };
  assertEquals(account(env).endpoint, "http://one");
  assertEquals(account({ AWS_ENDPOINT_URL: "http://all" }).endpoint, "http://all");
});

Deno.test("s3Account() without any keys asks without a signature, in Amazon's first region", () => {
  assertEquals(account({}), { keys: undefined, region: "us-east-1", endpoint: undefined });
  assertEquals(account({ AWS_ACCESS_KEY_ID: "half" }).keys, undefined);
});

Deno.test("s3Account() says which keys it does not go for, and never which there are", () => {
  const thrown = assertThrows(
    () => account({ AWS_PROFILE: "lab" }, CREDENTIALS, CONFIG),
    RemoteTrouble,
    "sso_session",
  );
  assertEquals([thrown.kind, thrown.message.includes("hidden")], ["refused", false]);
  assertThrows(
    () => account({ AWS_PROFILE: "gone" }, CREDENTIALS, CONFIG),
    RemoteTrouble,
    "the profile gone",
  );
});
