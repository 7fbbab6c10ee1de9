/** On the backends that take long. */
import "./recognizer_golden_test.ts";
