//! One request from its arrival to its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cutover_core::ids::Scope;
use cutover_ports::aliases::FunctionAliases;
use cutover_ports::clock::Clock;
use cutover_ports::stacks::Stacks;
use cutover_ports::table::Table;
use cutover_service::service::Service;
use cutover_store::requests::{Answer, REQUEST_VERSION, Request as Noted, Requests};
use serde::Deserialize;
use serde_json::Value;

use crate::letters::{self, Letters};
use crate::request::{Request, RequestType};
use crate::trouble::Trouble;

/// How long things may take; all of it together less than the function may run.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// For what is to be done.
    pub work: Duration,
    /// For the answer afterwards.
    pub answer: Duration,
    /// Between two looks at what goes on.
    pub rest: Duration,
}

/// Carries out what CloudFormation asks for.
pub struct Provider {
    pub(crate) service: Service,
    pub(crate) table: Arc<dyn Table>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) aliases: Arc<dyn FunctionAliases>,
    pub(crate) stacks: Arc<dyn Stacks>,
    pub(crate) letters: Arc<dyn Letters>,
    pub(crate) scope: Scope,
    pub(crate) pace: Pace,
}

/// What a provider asks outside of the service.
pub struct Outside {
    /// Aliases.
    pub aliases: Arc<dyn FunctionAliases>,
    /// Stacks.
    pub stacks: Arc<dyn Stacks>,
    /// Answers and signals.
    pub letters: Arc<dyn Letters>,
}

impl Provider {
    /// Over this service and its table.
    pub fn new(
        service: Service,
        (table, clock): (Arc<dyn Table>, Arc<dyn Clock>),
        outside: Outside,
        scope: Scope,
        pace: Pace,
    ) -> Self {
        let Outside { aliases, stacks, letters } = outside;
        Self { service, table, clock, aliases, stacks, letters, scope, pace }
    }

    /// Carries a request out and answers it, or answers it again.
    ///
    /// # Errors
    /// When it has to be delivered again: something did not pass in time, or CloudFormation could not be told.
    pub async fn handle(&self, event: &Value) -> Result<(), String> {
        let request = Request::deserialize(event)
            .map_err(|error| format!("not a request of CloudFormation: {error}"))?;
        let answer = self.answer(&request).await.map_err(|trouble| trouble.to_string())?;
        let failed = answer.failed.as_deref().unwrap_or_default();
        tracing::info!(
            stack = request.stack(),
            resource = request.logical_resource_id,
            request = request.request_id,
            kind = ?request.request_type,
            deployment = answer.deployment.as_deref().unwrap_or_default(),
            failed,
            "answered"
        );
        let deadline = Instant::now() + self.pace.answer;
        let body = request.answered(&answer);
        let told = letters::put(self.letters.as_ref(), &request.response_url, &body, deadline).await;
        told.map_err(|error| format!("CloudFormation cannot be told: {error}"))
    }

    async fn answer(&self, request: &Request) -> Result<Answer, Trouble> {
        let deadline = Instant::now() + self.pace.work;
        let noted = match self.again(deadline, async || self.noted(request).await).await {
            Err(Trouble::Refused(why)) => return Ok(Answer::failed(why)),
            noted => noted?,
        };
        if let Some(answer) = &noted.answer {
            return Ok(answer.clone());
        }
        let done = Answer::done(None);
        let answer = match request.request_type {
            RequestType::Delete => {
                self.delete(request, deadline).await;
                done
            }
            _ if noted.back => {
                self.back(request, deadline).await;
                done
            }
            _ => match self.forward(request, deadline).await {
                Ok(answer) => answer,
                Err(Trouble::Refused(why)) => Answer::failed(why),
                Err(passing) => return Err(passing),
            },
        };
        Ok(self.requests().answer(&noted, answer).await?)
    }

    fn requests(&self) -> Requests<'_> {
        Requests::of_stacks(self.table.as_ref(), &self.scope)
    }

    /// What is known of the request. Whether an update goes forward or back depends on what the stack was at when it was
    /// first seen; one that goes forward and is seen once more in a rollback is over.
    async fn noted(&self, request: &Request) -> Result<Noted, Trouble> {
        let known = self.requests().find(&request.request_id).await?;
        if let Some(known) = known.as_ref().filter(|known| known.answer.is_some()) {
            return Ok(known.clone());
        }
        let rolls_back = match request.request_type {
            RequestType::Delete => false,
            RequestType::Create if known.is_none() => false,
            _ => self.stacks.status(&request.stack_id).await?.contains("ROLLBACK"),
        };
        match known {
            Some(known) if rolls_back && !known.back => {
                Err(Trouble::Refused("the stack rolls back already".to_owned()))
            }
            Some(known) => Ok(known),
            None => {
                let (id, seen_at) = (request.request_id.clone(), self.clock.now());
                let new = Noted { v: REQUEST_VERSION, id, back: rolls_back, seen_at, answer: None };
                Ok(self.requests().note(new).await?)
            }
        }
    }

    /// Tries until it is done or refused, or the time is up.
    pub(crate) async fn again<T>(
        &self,
        deadline: Instant,
        tried: impl AsyncFn() -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        loop {
            match tried().await {
                Err(Trouble::Passing(why)) if Instant::now() + self.pace.rest < deadline => {
                    tracing::warn!(error = why, "tried again");
                    tokio::time::sleep(self.pace.rest).await;
                }
                other => return other,
            }
        }
    }
}
