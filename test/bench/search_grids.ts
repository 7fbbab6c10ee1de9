/** Grids that searches are held against: whole, each of 24 trainings of 27 epochs. */
export const GRIDS: Readonly<Record<string, readonly string[]>> = {
  linear: [
    "dataset=spoken_tiny",
    "optim.lr=0.0003,0.001,0.003,0.01,0.03,0.1,0.3,1",
    "trainer.batch_size=50,100,200",
    "setting=A",
    "model=linear",
    "optim.schedule.kind=constant",
    "trainer.epochs=27",
  ],
  // The rates fall to the end, as they do by default: parts are compared while they are high.
  adam: [
    "dataset=spoken_tiny",
    "optim=adam",
    "optim.lr=0.0001,0.0003,0.001,0.003,0.01,0.03,0.1,0.3",
    "trainer.sampler=balanced,shuffle,capped",
    "setting=A",
    "model=linear",
    "trainer.epochs=27",
  ],
};
