/** Why an agent refuses an executor that wants to register, with what to do about it. */
export const REGISTRATION_ERRORS = {
  executorSecretWrong: 'Register as the program that the agent started, with its environment',
} as const;

export type RegistrationErrorCode = keyof typeof REGISTRATION_ERRORS;
