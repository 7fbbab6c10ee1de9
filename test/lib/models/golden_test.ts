/**
 * Both models with the nnAudio front-end against PyTorch, on every backend. Tolerances: some ten times float32's own
 * error. SGD is tested where it lives, in test/lib/train/golden_test.ts.
 */
import { onEveryBackend } from "../../support/backends.ts";
import { checkGradient, checkOutput, golden, withGoldenCase } from "./golden_case.ts";
import { nnAudio } from "../frontends/papers.ts";
import { lossAndGradients } from "./harness.ts";

for (const setting of ["A", "D"] as const) {
  onEveryBackend(`linear in setting ${setting} gives PyTorch's logits and loss`, async () => {
    await withGoldenCase("linear", await nnAudio(setting), async (made) => {
      await checkOutput(made, `linear/${setting}_n`, false, { logits: 1e-5, loss: 2e-6 });
    });
    // Silence and far bins of a pure tone: logs of rounding noise.
    await withGoldenCase("linear", await nnAudio(setting), async (made) => {
      await checkOutput(made, `linear/${setting}`, false, { logits: 2e-4, loss: 2e-5 });
    }, "input");
  });

  onEveryBackend(`bc_resnet in setting ${setting} gives PyTorch's logits in both modes`, async () => {
    await withGoldenCase("bc_resnet", await nnAudio(setting), async (made) => {
      await checkOutput(made, `bcresnet/${setting}_n_eval`, false, { logits: 2e-6, loss: 1e-6 });
      await checkOutput(made, `bcresnet/${setting}_n_train`, true, { logits: 1e-5, loss: 1e-6 });
    });
    await withGoldenCase("bc_resnet", await nnAudio(setting), async (made) => {
      await checkOutput(made, `bcresnet/${setting}_eval`, false, { logits: 2e-6, loss: 1e-6 });
      await checkOutput(made, `bcresnet/${setting}_train`, true, { logits: 5e-3, loss: 1e-4 });
    }, "input");
  });
}

onEveryBackend("linear in setting D gives PyTorch's gradients", async () => {
  await withGoldenCase("linear", await nnAudio("D"), async ({ network, state, features, labels }) => {
    const { gradients } = await lossAndGradients(network, state, features, labels);
    for (const name of golden.names("linear/D_n/grad")) {
      golden.check(`linear/D_n/grad/${name}`, gradients.get(name)!, 4e-5);
    }
  });
});

onEveryBackend("bc_resnet in setting D gives PyTorch's gradients and running statistics", async () => {
  await withGoldenCase("bc_resnet", await nnAudio("D"), async ({ network, state, features, labels }) => {
    const { gradients } = await lossAndGradients(network, state, features, labels);
    for (const name of golden.names("bcresnet/D_n_train/after_forward")) {
      const found = await state.get(name)!.data<"float32">();
      golden.check(`bcresnet/D_n_train/after_forward/${name}`, found, 1e-5);
    }
    for (const name of golden.names("bcresnet/D_n_train/grad")) {
      checkGradient("bcresnet/D_n_train/grad", name, gradients.get(name)!);
    }
  });
});
