/** On the backends that take long. */
import "./cepstra_golden_test.ts";
