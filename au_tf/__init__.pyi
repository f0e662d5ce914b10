from .pipelines.augment import augment as augment
from .pipelines.augmentation.config import Augmentation as Augmentation
from .pipelines.augmentation_curve import evaluate_augmentation as evaluate_augmentation
from .pipelines.reproduction import reproduce as reproduce
from .pipelines.table1_component import evaluate_table1 as evaluate_table1
from .pipelines.table2_component import evaluate_table2 as evaluate_table2
from .pipelines.trained_estimators import train_estimator as train_estimator
from .pipelines.trained_generators import train_generator as train_generator
from .pipelines.trained_generators import train_mixed as train_mixed
from .pipelines.trained_regressors import train_regressor as train_regressor

__version__: str
