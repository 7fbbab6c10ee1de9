/** On the backends that take long. */
import "./lstm_test.ts";
