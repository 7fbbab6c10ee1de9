// Mean cross-entropy.

// One chunk. loss[0] = mean of -log softmax(logits)[label]; gradient[batch][classes] = (softmax - wanted) / batch.
// Any logit that is not finite makes the loss NaN.
export function crossEntropyForward(_chunk: i32, _scratch: usize, logits: usize, labels: usize, batch: i32,
  classes: i32, loss: usize, gradient: usize): void {
  let total: f64 = 0;
  let finite: f32 = 0;
  const share: f32 = 1 / <f32>batch;
  for (let i = 0; i < batch; i++) {
    const row = logits + (<usize>(i * classes) << 2);
    const out = gradient + (<usize>(i * classes) << 2);
    let largest: f32 = -Infinity;
    for (let c = 0; c < classes; c++) largest = max(largest, load<f32>(row + (<usize>c << 2)));
    const most = f32x4.splat(largest);
    let c = 0;
    for (; c + 4 <= classes; c += 4) {
      const at = <usize>c << 2;
      v128.store(out + at, exp4(f32x4.sub(v128.load(row + at), most)));
    }
    for (; c < classes; c++) {
      const at = <usize>c << 2;
      store<f32>(out + at, f32x4.extract_lane(exp4(f32x4.sub(v128.load32_splat(row + at), most)), 0));
    }
    let sum: f32 = 0;
    for (let c = 0; c < classes; c++) {
      finite += load<f32>(row + (<usize>c << 2)) * 0;
      sum += load<f32>(out + (<usize>c << 2));
    }
    const label = load<i32>(labels + (<usize>i << 2));
    const wanted = load<f32>(row + (<usize>label << 2)) - largest;
    total += <f64>f32x4.extract_lane(log4(f32x4.splat(sum)), 0) - <f64>wanted;
    for (let c = 0; c < classes; c++) {
      const p = out + (<usize>c << 2);
      store<f32>(p, (load<f32>(p) / sum - (c == label ? <f32>1 : <f32>0)) * share);
    }
  }
  store<f32>(loss, <f32>(total / <f64>batch) + finite);
}
