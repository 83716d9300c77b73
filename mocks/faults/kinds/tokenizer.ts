import { fault } from '../fault.ts';
import { integer, required } from '../../../src/schema/describe.ts';
import { ofCompletions } from '../reach.ts';

/** Texts become other tokens, and more of them, as with another revision of the model's tokenizer. */
export const tokenizer = fault({
  parameters: {
    cutAfter: required(
      integer('Characters after which a text is cut before it is read.', 1, { min: 1 }),
    ),
  },
  reach: (target) => target.route === '/tokenize' || ofCompletions(target),
  cut: ({ cutAfter }) => cutAfter,
});
