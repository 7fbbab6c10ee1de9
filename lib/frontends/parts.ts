/** Which parts of a front-end can be trained, and what lists of them are called. Pure. */
import type { Problem } from "../base/kinds.ts";
import {
  type CompressionKind,
  type FrontendConfig,
  type FrontendContext,
  type FrontendKind,
  type Parts,
  type Setting,
  SETTINGS,
  type StepSpec,
} from "./contract.ts";

/** What parts and settings depend on. */
interface Kinds {
  readonly frontend: Pick<FrontendKind, "parts" | "settings" | "settingsOfCompression">;
  readonly compression: Pick<CompressionKind, "parts">;
}

/** All that can be trained by itself, in order: the front-end's own parts, then the compression's. */
export function partsOf({ frontend, compression }: Kinds): Parts {
  return { ...frontend.parts, ...compression.parts };
}

/** Some of the parts, each once and in their order; names that are no parts are left out. */
export function orderedParts(kinds: Kinds, trained: readonly string[]): string[] {
  return Object.keys(partsOf(kinds)).filter((part) => trained.includes(part));
}

/** What a setting trains. */
export function partsOfSetting({ frontend, compression }: Kinds, setting: Setting): string[] {
  const { settings, settingsOfCompression = [] } = frontend;
  const behind = settingsOfCompression.includes(setting) ? Object.keys(compression.parts ?? {}) : [];
  return [...settings[setting], ...behind];
}

/** The setting that trains just these parts; null: none does. */
export function settingOf(kinds: Kinds, trained: readonly string[]): Setting | null {
  const wanted = trained.toSorted().join();
  return SETTINGS.find((setting) => partsOfSetting(kinds, setting).toSorted().join() === wanted) ?? null;
}

/** What people call a list of trained parts: the setting that trains just these, else all of them, as `mel+pcen`. */
export function trainedName(kinds: Kinds, trained: readonly string[]): string {
  return settingOf(kinds, trained) ?? orderedParts(kinds, trained).join("+");
}

/** The step of the compression that is configured: behind a front-end's own steps. */
export function compressionStep({ compression, trained }: FrontendContext): StepSpec {
  const { kind, ...values } = compression;
  return { step: kind, trained: trained.includes(kind), ...values };
}

/** What does not fit together within a front-end, and between it and its compression. */
export function frontendProblems(
  { frontend, compression }: { readonly frontend: FrontendKind; readonly compression: CompressionKind },
  config: FrontendConfig,
  context: FrontendContext,
): readonly Problem[] {
  const given = compression.ofEnergies === true ? frontend.notEnergies?.(config) ?? null : null;
  const signed = compression.ofPositive === true ? frontend.signedBy?.(config, context) ?? null : null;
  return [
    ...frontend.check(config, context),
    ...(given === null ? [] : [{
      path: ["compression", "kind"],
      message: `${context.compression.kind} is for energies, but frontend.${given.key}=${
        config[given.key]
      } gives ${given.what}; wanted another front-end value or another compression`,
    }]),
    ...(signed === null ? [] : [{
      path: ["compression", "kind"],
      message: `${context.compression.kind} is NaN below zero, where ${
        signed.map((key) => `frontend.${key}=${config[key]}`).join(" and ")
      } may take values; wanted a floor of 0 or more, or another compression`,
    }]),
  ];
}
