/** What a shared cache elsewhere can do, whatever it is reached by. No logic but that of its errors. */
import type { SharedObject } from "../engine/cache/shared_record.ts";
import type { TaskKey } from "../engine/types.ts";

export interface Remote {
  /** Where it is, for people: nothing that anybody could log in with. */
  readonly location: string;
  /**
   * Says there what the place is, for those who may not list it; to be called by whoever is going to put something there,
   * before anything is asked. @throws {RemoteTrouble}
   */
  begin(): Promise<void>;
  /**
   * Looks whether the place is a cache, before anything else is asked: any server may answer, and any folder be there.
   *
   * @throws {RemoteTrouble} `refused`: it is something else.
   */
  check(): Promise<void>;
  /** @returns The text of a key's record; nothing if there is none. @throws {RemoteTrouble} */
  record(key: TaskKey): Promise<string | undefined>;
  /** @returns How long an object is; nothing if there is none. @throws {RemoteTrouble} */
  size(sha256: string): Promise<number | undefined>;
  /**
   * Brings an object to a file, in which an earlier attempt may have left its beginning. When it returns, the bytes were
   * compared with the digest.
   *
   * @throws {RemoteTrouble} `wrong`: other bytes are there. `absent`: none are.
   */
  bringObject(object: SharedObject, path: string): Promise<void>;
  /** Puts the bytes of a file there, in the place of what the object's name has. @throws {RemoteTrouble} */
  putObject(object: SharedObject, path: string): Promise<void>;
  /**
   * Puts a record there, whose objects are there.
   *
   * @param replace In the place of one that is there. @returns `exists`: one is, and stays.
   * @throws {RemoteTrouble}
   */
  putRecord(key: TaskKey, text: string, replace: boolean): Promise<"put" | "exists">;
}

export type TroubleKind =
  /** Nobody answers as one should; later it may be better. */
  | "unreachable"
  /** It does not let this user do that, or is not what it was taken for; asking again is of no use. */
  | "refused"
  /** What it has is not what its name says. */
  | "wrong"
  /** It has no such object. */
  | "absent";

/** Trouble with a shared cache, in words that follow a colon: never a reason for a task to fail. */
export class RemoteTrouble extends Error {
  override readonly name = "RemoteTrouble";
  readonly kind: TroubleKind;

  constructor(kind: TroubleKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
