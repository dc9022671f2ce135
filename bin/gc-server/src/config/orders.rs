//! The order of each client's events.

use std::num::NonZeroUsize;

use gc_access::Destinations;
use gc_delivery::{Order, Orders};

use super::faults::{all, both};
use super::sections::OrderName;
use super::{Config, ConfigError, bad};

/// More attempts at once help no receiver, and each is a connection.
const MAX_IN_FLIGHT: usize = 64;

impl Config {
    /// Of a client that several `[[client]]` match the first one that names an order decides, else `[callback]`.
    pub(super) fn orders(&self) -> Result<Orders, ConfigError> {
        let callback = &self.callback;
        let default = order("callback", callback.order, callback.max_in_flight);
        let with_its_own =
            self.clients().filter(|(_, client)| client.order.is_some() || client.max_in_flight.is_some());
        let own = with_its_own.map(|(section, client)| {
            let name = client.order.unwrap_or(callback.order);
            let max_in_flight = client.max_in_flight.unwrap_or(callback.max_in_flight);
            let order = order(&section, name, max_in_flight)?;
            Ok((Destinations::new(&client.destinations), order))
        });
        let (default, own) = both(default, all(own))?;
        Ok(Orders::by(move |client| {
            let own = own.iter().find(|(destinations, _)| destinations.matches(client.as_str()));
            own.map_or(default, |(_, order)| *order)
        }))
    }
}

fn order(section: &str, name: OrderName, max_in_flight: NonZeroUsize) -> Result<Order, ConfigError> {
    let max_in_flight = max_in_flight.get();
    if max_in_flight > MAX_IN_FLIGHT {
        return Err(bad(format!("{section}.max_in_flight"), format!("has to be at most {MAX_IN_FLIGHT}")));
    }
    Ok(match name {
        OrderName::Client => Order::Client,
        OrderName::Agent => Order::Agent { max_in_flight },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "
        callback = { order = 'agent', max_in_flight = 4 }
        client = [
            { name = 'old', destinations = ['old-*'], order = 'client' },
            { name = 'plain', destinations = ['plain-*'] },
            { name = 'wide', destinations = ['wide-*', 'old-*'], max_in_flight = 16 },
        ]";

    fn of(text: &str, client: &str) -> Order {
        let orders = Config::parse(text).unwrap().orders().unwrap();
        orders.of(&client.into())
    }

    #[test]
    fn a_clients_own_order_counts_more_than_the_one_for_all() {
        let agent = |max_in_flight| Order::Agent { max_in_flight };
        assert_eq!(of("", "desk"), Order::Client);
        assert_eq!(of("callback.order = 'agent'", "desk"), agent(8));
        for (client, order) in
            [("old-1", Order::Client), ("plain-1", agent(4)), ("wide-1", agent(16)), ("desk", agent(4))]
        {
            assert_eq!(of(OWN, client), order, "{client}");
        }
    }

    #[test]
    fn there_is_a_limit_to_what_is_on_its_way() {
        let error = Config::parse("callback.max_in_flight = 65").unwrap().orders().unwrap_err();
        assert_eq!(error.to_string(), "callback.max_in_flight: has to be at most 64");
        assert!(Config::parse("callback.max_in_flight = 0").is_err());
    }
}
