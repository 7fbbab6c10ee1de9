/** On the backends that take long. */
import "./op_test.ts";
