//! What the Generic Connector is: the agent and the registry as pure state machines.
