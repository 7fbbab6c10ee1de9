/** What the help of each command shows as examples; a test parses every one of them. */
import { lineBreak, type Message, text } from "@optique/core";

/** `[command line after "deno task", what it does]`. */
export type Example = readonly [string, string];

export const EXAMPLES = {
  kws: [
    ["kws", "compare settings A, B, C and D"],
    ["kws model=bc_resnet setting=A", "one run of another model"],
    ["kws trainer.epochs=40 seed=0,1,2 --dry-run", "what would run, and why"],
  ],
  asr: [
    ["asr", "compare settings A, B, C and D on synthetic sentences"],
    [
      "asr dataset=timit root=/data/timit dataset.include_sa=true trainer=paper_asr",
      "TIMIT, trained as in the paper",
    ],
    ["asr setting=A decoder=beam decoder.width=20", "one run, prefix beam search"],
  ],
  sweep: [
    ["sweep --n-mels 10,20,30,40 --setting A,D", "8 runs"],
    ["sweep --model linear,bc_resnet optim.model.lr=0.01,0.1", "any value can vary"],
    ["sweep --n-mels 10,20 --executor slurm --detach", "as jobs of a cluster"],
    ["sweep --config masks", "as written in conf/sweep/masks.yaml"],
    ["sweep --task asr --n-mels 10,40 --setting A,D", "recognisers"],
  ],
  report: [
    ["report", "of deno task kws; opens from disk, needs no network"],
    ["report --task asr", "of deno task asr"],
    ["report --n-mels 10,20,30,40 --setting A,D", "of a sweep"],
  ],
  lr: [
    ["lr model=bc_resnet setting=D", "loss against a rate that grows"],
    ["lr --low 1e-4 --high 1 --steps 200", "between these rates"],
  ],
  evaluate: [
    ["evaluate --checkpoint best.safetensors", "on the test split"],
    ["evaluate --checkpoint best.safetensors --split all dataset=folder root=recordings", "on your own"],
  ],
  export: [
    [
      "export linear-nnaudio-D-mel40-seed0 --to best.safetensors",
      "the state with the lowest validation loss",
    ],
    ["export '*-D-*' --checkpoint last --to last.safetensors", "a pattern that means one run"],
  ],
  status: [
    ["status", "of what deno task kws would run"],
    ["status --n-mels 10,20 --setting A,D", "of a sweep"],
  ],
  why: [
    ["why train", "all trainings"],
    ["why '*-D-*' trainer.epochs=40", "if this were changed"],
  ],
  cancel: [
    ["cancel 'train/*-seed2'", "some tasks"],
    ["cancel --all", "everything that this store has on a cluster"],
  ],
  logs: [["logs 'train/*-D-*-seed0'", "of one task"]],
  graph: [
    ["graph --format mermaid", "to paste into Markdown"],
    ["graph --format dot --setting A,D", "for Graphviz"],
  ],
  runs: [
    ["runs model=linear 'accuracy>0.4' --sort accuracy", "the best of these first"],
    ["runs 'started_at>2026-01-01' --columns run,model.lr,n_mels,accuracy", "other columns"],
    ["runs compare linear-nnaudio-A-mel40-seed0 linear-nnaudio-D-mel40-seed0", "what differs"],
    ["runs --csv > runs.csv", "everything, for other programs"],
  ],
  demo: [
    ["demo", "all models, at http://127.0.0.1:8460/"],
    ["demo bc_resnet-nnaudio-D --port 9000", "some of them, elsewhere"],
  ],
  verify: [["verify --repair", "remove what is damaged, so that it is made again"]],
  gc: [
    ["gc --keep-days 7", "say what would go"],
    ["gc --max-mb 2000 --delete", "make the store no larger than 2 GB"],
  ],
  completion: [
    ["completion bash >> ~/.bashrc", "bash; zsh: >> ~/.zshrc"],
    ["completion fish > ~/.config/fish/completions/deno.fish", "fish"],
  ],
} as const satisfies Readonly<Record<string, readonly Example[]>>;

/** The end of a command's help. */
export function examplesOf(command: keyof typeof EXAMPLES): Message {
  const width = Math.max(...EXAMPLES[command].map(([line]) => line.length));
  return [
    text("Examples:"),
    ...EXAMPLES[command].flatMap(([line, what]) => [
      lineBreak(),
      text(`  deno task ${line.padEnd(width)}   # ${what}`),
    ]),
  ];
}
