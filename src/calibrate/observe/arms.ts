/** Arm of prompts that nobody has asked before: nothing of them is cached, whether the engine says so or not. */
export const COLD_ARM = 'cold';

/** Arm of prompts whose beginning lies in the second tier alone. */
export const TIER_ARM = 'tier';
