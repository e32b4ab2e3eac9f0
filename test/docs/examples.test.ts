/** The examples do what they say: one of them tests the others. */
import '../../docs/examples/test-them.ts';
